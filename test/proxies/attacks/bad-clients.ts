import { type Attack, halfClose, pauseMs, reset } from './attack.ts';

const get = 'GET /webhook HTTP/1.1\r\nHost: localhost\r\n\r\n';
const unsigned = 'POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n[]';

/** Clients that violate the protocol. */
export const quickBadClients: readonly Attack[] = [
  { name: 'ten requests at once', steps: [get.repeat(10)] },
  { name: 'more requests at once than may wait', steps: [get.repeat(200)] },
  { name: 'refused deliveries at once', steps: [unsigned.repeat(12)] },
  { name: 'refused deliveries and pages at once', steps: [(unsigned + get).repeat(6)] },
  { name: 'requests at once, then gone', steps: [(unsigned + get).repeat(6), reset] },
  { name: 'half-closed after a request', steps: [get, halfClose] },
  { name: 'half-closed after a delivery', steps: [unsigned, halfClose] },
  { name: 'half-closed inside the headers', steps: [get.slice(0, 30), halfClose] },
  { name: 'bytes after a request', steps: [unsigned, pauseMs, 'no HTTP at all\r\n\r\n'] },
  { name: 'no HTTP', steps: ['\u0016\u0003\u0001\u0002\u0000 no HTTP\r\n\r\n'] },
  { name: 'nothing', steps: [halfClose] },
  { name: 'the begin of HTTP/2', steps: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'] },
  { name: 'headers above the limit', steps: [`${get.slice(0, -2)}X-Long: ${'x'.repeat(20_000)}\r\n\r\n`] },
  { name: 'a broken chunk', steps: [toPost('Transfer-Encoding: chunked'), pauseMs, 'zz\r\nxx\r\n0\r\n\r\n'] },
];

/** Slow clients that occupy resources of the receiver. */
export const slowBadClients: readonly Attack[] = [
  { name: 'unfinished headers', steps: [get.slice(0, -2)], patienceMs: 8_000 },
  { name: 'slow headers', steps: [get.slice(0, -2), ...drip('X-Slow: x\r\n', 12)] },
  { name: 'slow body', steps: [toPost('Content-Length: 1000'), ...drip('x', 12)] },
  { name: 'slow chunks', steps: [toPost('Transfer-Encoding: chunked'), ...drip('1\r\nx\r\n', 12)] },
  { name: 'nothing at all', steps: [], patienceMs: 8_000 },
  // Together, these clients exhaust the memory limit for unverified bodies, so the next client gets a 503 response.
  ...Array.from({ length: 8 }, (_unused, index) => ({
    name: `a large body that stands still, ${index}`,
    steps: [toPost('Content-Length: 190000'), 'x'.repeat(185_000)],
    patienceMs: 4_000,
  })),
];

function toPost(length: string): string {
  return `POST /webhook HTTP/1.1\r\nHost: localhost\r\nX-Comapi-Signature: ${'ab'.repeat(20)}\r\n${length}\r\n\r\n`;
}

function drip(text: string, times: number): (string | number)[] {
  return Array.from({ length: times }, () => [500, text]).flat();
}

/** Clients that connect to a TLS port and never start a handshake. */
export const strangersToTls: readonly Attack[] = [
  { name: 'nothing at all', steps: [], patienceMs: 8_000 },
  { name: 'nothing at all, again', steps: [], patienceMs: 8_000 },
  { name: 'half of a greeting', steps: ['\u0016\u0003\u0001\u0002\u0000\u0001'], patienceMs: 8_000 },
  { name: 'plain HTTP', steps: [get] },
  { name: 'gone at once', steps: ['\u0016\u0003\u0001', reset] },
];
