export interface Cost {
  readonly name: string;
  /** Connections. */
  readonly count: number;
  /** Things for each connection. */
  readonly each: number;
  readonly tls: boolean;
  /** The client speaks TLS, too; as the server where absent. */
  readonly begins?: boolean;
  readonly neverReads: boolean;
  readonly text: string;
}

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const signature = 'X-Comapi-Signature: 0123456789abcdef0123456789abcdef01234567';
const post = (framing: string) => `POST /webhook HTTP/1.1\r\nHost: x\r\n${signature}\r\n${framing}\r\n\r\n`;
const headers = (count: number, value = '') =>
  Array.from({ length: count }, (_, index) => `${index.toString(36)}:${value}\r\n`).join('');
const usual = { each: 1, tls: false, neverReads: false };

/** Each is less than what the bounds let in. */
export const costs: readonly Cost[] = [
  { ...usual, name: 'an idle connection', count: 3_000, text: get },
  { ...usual, name: 'an idle connection with TLS', count: 800, tls: true, text: get },
  {
    ...{ ...usual, name: 'a connection with 15 KiB of headers that do not end', count: 2_000 },
    text: `GET / HTTP/1.1\r\n${`X-Slow: ${'x'.repeat(1_000)}\r\n`.repeat(15)}`,
  },
  {
    ...usual,
    name: 'a connection whose body does not come',
    count: 3_000,
    text: post('Content-Length: 100'),
  },
  ...[97, 897].map((count) => ({
    ...{ ...usual, name: `the same with ${count + 3} headers of 1 to 3 bytes`, count: 1_000 },
    text: post(`${headers(count)}Content-Length: 100`),
  })),
  {
    ...{ ...usual, name: 'the same with 100 headers of 142 bytes', count: 500 },
    text: post(`${headers(97, 'x'.repeat(140))}Content-Length: 100`),
  },
  {
    ...{ ...usual, name: 'the same with a target of 15 KiB', count: 1_000 },
    text: post('Content-Length: 100').replace('/webhook', `/webhook?${'x'.repeat(15_000)}`),
  },
  {
    ...{ ...usual, name: 'the same with 100 headers and TLS', count: 800, tls: true },
    text: post(`${headers(97)}Content-Length: 100`),
  },
  { ...usual, name: 'a connection that never begins TLS', count: 800, tls: true, begins: false, text: '' },
  {
    ...{ ...usual, name: 'a body whose 100 trailers do not end', count: 1_000 },
    text: `${post('Transfer-Encoding: chunked')}1\r\nx\r\n0\r\n${headers(100)}`,
  },
  {
    ...{ ...usual, name: 'a connection with TLS whose body does not come', count: 200, tls: true },
    text: post('Content-Length: 100'),
  },
  {
    ...{ ...usual, name: 'a connection with half of a body of 16 KiB', count: 1_000 },
    text: post('Content-Length: 16384') + 'x'.repeat(8_192),
  },
  {
    ...{ ...usual, name: 'a one-byte chunk of a body', count: 50, each: 2_000 },
    text: post('Transfer-Encoding: chunked') + '1\r\nx\r\n'.repeat(2_000),
  },
  {
    ...{ ...usual, name: 'an answer that is not read, of 16 on a connection', count: 200, each: 16 },
    ...{ neverReads: true, text: get.repeat(16) },
  },
];
