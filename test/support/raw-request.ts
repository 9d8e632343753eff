import { connect } from 'node:net';

export interface RawAnswer {
  /** The response. `undefined` if the server closed the connection without a response. */
  readonly status: number | undefined;
  readonly headers: string;
  readonly body: string;
}

/**
 * Opens a connection and writes raw bytes. The answer is the first response, once the response is complete or the
 * connection is closed.
 */
export async function openRaw(url: string, chunks: readonly (string | Buffer)[]) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const answer = new Promise<RawAnswer>((resolve) => {
    let received = '';
    const finish = () => {
      socket.destroy();
      resolve(parseAnswer(received));
    };
    socket.on('data', (data) => {
      received += data.toString('latin1');
      const { headers, body } = parseAnswer(received);
      const length = /content-length: (\d+)/i.exec(headers)?.[1];
      if (length !== undefined && body.length >= Number(length)) {
        finish();
      }
    });
    socket.on('close', finish);
    // A response that arrives before the connection is reset still counts.
    socket.on('error', finish);
  });
  for (const chunk of chunks) {
    await new Promise<void>((resolve) => socket.write(chunk, () => resolve()));
  }
  return { socket, answer };
}

/** Writes raw bytes to a new connection and reads the first response. */
export async function sendRaw(url: string, chunks: readonly (string | Buffer)[]): Promise<RawAnswer> {
  return (await openRaw(url, chunks)).answer;
}

function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const headers = end === -1 ? '' : text.slice(0, end);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(headers)?.[1];
  return { status: status === undefined ? undefined : Number(status), headers, body: text.slice(end + 4) };
}
