import { type Attack, halfClose, pauseMs, reset } from './attack.ts';
import { hiddenRequests } from './hidden-requests.ts';

/**
 * Creates a body that consists of requests. If the receiver leaves bytes of the body unread on the connection, it
 * answers them as requests.
 */
function bodyOf(bytes: number): string {
  const request = hiddenRequests['a whole request'];
  return request.repeat(Math.ceil(bytes / request.length)).slice(0, bytes);
}

const refused: Readonly<Record<string, string>> = {
  401: '',
  '401 at the end': `X-Comapi-Signature: ${'ab'.repeat(20)}\r\n`,
  415: 'Content-Encoding: gzip\r\n',
};

const sizes = { small: 2_000, 'above what is drained': 90_000, 'above the limit (413)': 400_000 };

/** Creates requests that the receiver rejects before their whole body has arrived. */
export function createUnreadBodyAttacks(): Attack[] {
  const attacks: Attack[] = [];
  for (const [status, headers] of Object.entries(refused)) {
    for (const [sizeName, size] of Object.entries(sizes)) {
      const body = bodyOf(size);
      const half = size / 2;
      const head = `POST /webhook HTTP/1.1\r\nHost: localhost\r\n${headers}`;
      const announced = `${head}Content-Length: ${size}\r\n\r\n`;
      const parts = [body.slice(0, half), pauseMs, body.slice(half)];
      const chunks = [0, half].map((at) => `${half.toString(16)}\r\n${body.slice(at, at + half)}\r\n`);
      const [first = '', second = ''] = chunks;
      const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;
      const name = `${status}, ${sizeName}`;
      attacks.push(
        { name: `${name}, whole`, steps: [announced, pauseMs, ...parts] },
        { name: `${name}, left halfway`, steps: [announced, ...parts.slice(0, 2)], patienceMs: 20 },
        { name: `${name}, torn down`, steps: [announced, ...parts.slice(0, 2), reset] },
        { name: `${name}, half-closed`, steps: [announced, ...parts.slice(0, 2), halfClose] },
        { name: `${name}, chunked`, steps: [chunked, pauseMs, first, pauseMs, `${second}0\r\n\r\n`] },
        { name: `${name}, half of a chunk`, steps: [chunked, pauseMs, first.slice(0, -20), halfClose] },
      );
    }
  }
  return attacks;
}
