export interface OddRequest {
  /** Name of the request, as in the table in docs/security.md. */
  readonly name: string;
  readonly text: string;
  /** The HTTP statuses for a single request, and whether the server closes the connection after the last response. */
  readonly gets: readonly string[];
  /** Maximum number of requests that the server starts when one packet contains many copies of this request. */
  readonly mostRead: number;
}

/** The limit of unanswered requests, plus the request that exceeds it. */
const unanswered = 16 + 1;
/** Number of responses that node:http sends in one event-loop turn while it still reads a body. */
const prompt = 256;

const over16KiB = 'a'.repeat(17_000);
const chunked = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n';
const headers = (count: number) =>
  Array.from({ length: count }, (_, index) => `${index.toString(36)}:\r\n`).join('');

/** Invalid and unusual requests that node:http or the server rejects itself, together with similar valid requests. */
export const oddRequests: readonly OddRequest[] = [
  ...takenAsUsual('an ordinary request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
  ...takenAsUsual('no `Host`', 'GET / HTTP/1.1\r\n\r\n'),
  ...takenAsUsual('`Expect: x`', 'GET / HTTP/1.1\r\nExpect:x\r\n\r\n'),
  {
    name: '`Expect: 100-continue`',
    text: 'GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n',
    ...{ gets: ['100', '200', 'open'], mostRead: unanswered },
  },
  {
    name: '`Expect: 100-continue` with a body',
    text: 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx',
    ...{ gets: ['100', '405', 'open'], mostRead: prompt + unanswered },
  },
  ...takenAsUsual('HTTP/1.0', 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'),
  {
    name: '`Upgrade: h2c`',
    text: 'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    ...{ gets: ['200', 'closed'], mostRead: 1 },
  },
  ...ended('`CONNECT`', 'CONNECT a:1 HTTP/1.1\r\n\r\n'),
  ...ended(
    '`Upgrade` with a body in an unknown coding',
    `${chunked.replace('chunked', 'gzip')}Connection: Upgrade\r\nUpgrade: x\r\n\r\n`,
  ),
  ...ended('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '503'),
  ...ended('an unknown version of HTTP', 'GET / HTTP/1.2\r\n\r\n', '503'),
  ...ended('bytes that are no HTTP', 'X\r\n\r\n', '503'),
  ...ended('a chunk without a length', `${chunked}\r\nz\r\n`, '503'),
  ...ended('16 KiB of chunk extensions', `${chunked}\r\n1;${over16KiB}\r\nx\r\n0\r\n\r\n`, '503'),
  ...ended('16 KiB of headers', `GET / HTTP/1.1\r\nA: ${over16KiB}\r\n\r\n`, '431'),
  ...ended('16 KiB of trailers', `${chunked}\r\n0\r\nA: ${over16KiB}\r\n\r\n`, '431'),
  ...ended('101 headers', `GET / HTTP/1.1\r\n${headers(101)}\r\n`, '431'),
];

function takenAsUsual(name: string, text: string): readonly OddRequest[] {
  return [{ name, text, gets: ['200', 'open'], mostRead: unanswered }];
}

/**
 * Creates a request after which the server closes the connection. If a packet contains several such requests, the
 * server may start the second one first.
 */
function ended(name: string, text: string, ...statuses: readonly string[]): readonly OddRequest[] {
  return [{ name, text, gets: [...statuses, 'closed'], mostRead: 2 }];
}
