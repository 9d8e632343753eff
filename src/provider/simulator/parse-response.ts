/** An answer whose head has arrived. */
export interface ResponseState {
  readonly status: number;
  /** False when the receiver closes the connection after the answer. */
  readonly isReusable: boolean;
  /** `untilClose`: the body ends with the connection. */
  readonly state: 'whole' | 'untilClose';
}

const headEnd = Buffer.from('\r\n\r\n');

/**
 * Reads one HTTP/1.1 answer. Only its status matters to the provider, but the next request has to wait for its end
 * (RFC 9112, section 6.3).
 *
 * @returns `undefined` while bytes are missing, `malformed` for what is not HTTP
 */
export function parseResponse(bytes: Buffer): ResponseState | 'malformed' | undefined {
  const end = bytes.indexOf(headEnd);
  if (end === -1) {
    return undefined;
  }
  const head = bytes.toString('latin1', 0, end + 2);
  const [, minor, digits] = /^HTTP\/1\.([01]) (\d{3})[ \r]/.exec(head) ?? [];
  if (digits === undefined) {
    return 'malformed';
  }
  const status = Number(digits);
  const bodyStart = end + headEnd.length;
  if (status >= 100 && status < 200) {
    return parseResponse(bytes.subarray(bodyStart));
  }
  const isReusable = minor === '1' && !/\r\nconnection:[ \t]*close\b/i.test(head);
  if (status === 204 || status === 304) {
    return { status, isReusable, state: 'whole' };
  }
  if (/\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r/i.test(head)) {
    return isChunkedBodyWhole(bytes, bodyStart) ? { status, isReusable, state: 'whole' } : undefined;
  }
  const [, length] = /\r\ncontent-length:[ \t]*(\d+)[ \t]*\r/i.exec(head) ?? [];
  if (length === undefined) {
    return { status, isReusable: false, state: 'untilClose' };
  }
  return bytes.length >= bodyStart + Number(length) ? { status, isReusable, state: 'whole' } : undefined;
}

function isChunkedBodyWhole(bytes: Buffer, bodyStart: number): boolean {
  let at = bodyStart;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) {
      return false;
    }
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) {
      // The last chunk; trailers may follow, an empty line ends them.
      return bytes.indexOf(headEnd, lineEnd) !== -1;
    }
    at = lineEnd + 2 + size + 2;
  }
}
