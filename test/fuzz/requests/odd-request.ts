import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import type { Random } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { pick } from '../bodies/odd-body.ts';

export interface OddRequest {
  /** Bytes of the request, with one character per byte. */
  readonly text: string;
  /** Body of the request. Present only if `text` contains the body and its valid signature. */
  readonly signedBody?: string;
}

export interface RequestPlace {
  readonly path: string;
  readonly secret: string;
  /** Text that every signed body contains, so that its records can be attributed to the connection. */
  readonly label: string;
}

const methods = [
  'POST',
  'POST',
  'POST',
  'GET',
  'HEAD',
  'PUT',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'PRI',
  'post',
  'X',
];
const versions = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'http/1.1', ''];
const targets = [
  '/',
  '*',
  '/webhook?x=1',
  '/webhook/',
  '/%',
  '/%00',
  'http://[::1',
  'http://x/webhook',
  '//',
  'x:1',
];
const lineEnds = ['\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n ', '\0\r\n'];
const bodies = [
  (id: string) => `{"eventId":"${id}"}`,
  (id: string) => `{"eventId":"${id}"}`,
  (id: string) => `[{"eventId":"${id}"},{"eventId":"${id}","revision":1.5},"${id}"]`,
  (id: string) => `"${id}`,
  (id: string) => `[${'['.repeat(2_000)}"${id}"${']'.repeat(2_000)}]`,
  (id: string) => `{"eventId":"${id}","x":"${'y'.repeat(70_000)}"}`,
];
const strangeHeaders = [
  ...[
    'Expect: 100-continue',
    'Expect: x',
    'Connection: close',
    'Connection: upgrade',
    'Upgrade: h2c',
    'Upgrade: x',
  ],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip',
    'Transfer-Encoding: xchunked',
    'Host: a',
    'Host: b',
  ],
  ...[
    'Content-Length: 0',
    'Content-Length: 5',
    'Content-Length: +5',
    'Content-Length: 99999999999',
    'Content-Length: x',
  ],
  ...[
    'Content-Encoding: gzip',
    'Content-Encoding: identity',
    'X-Comapi-Signature: 0',
    `X: ${'z'.repeat(20_000)}`,
  ],
  ...[
    'traceparent: 00-x',
    'X\0: 1',
    ': 1',
    'X : 1',
    'no colon',
    ' folded',
    'X-Forwarded-Proto: \x80',
    'Trailer: X',
  ],
];

const chance = (random: Random, share: number) => random() < share;
const upTo = (random: Random, most: number) => Math.floor(random() * (most + 1));

/** Creates bytes that are not a request, or a delivery with any number of faults. */
export function createOddRequest(random: Random, place: RequestPlace): OddRequest {
  if (chance(random, 0.1)) {
    return { text: randomBytes(random, upTo(random, 400)) };
  }
  const body = pick(random, bodies)(`${place.label}-${upTo(random, 1e6)}`);
  const isSigned = chance(random, 0.8);
  const signature = isSigned ? signBody(Buffer.from(body), place.secret) : '0'.repeat(40);
  const isChunked = chance(random, 0.3);
  const headers = [
    'Host: localhost',
    `X-Comapi-Signature: ${signature}`,
    isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
  ];
  const isOdd = chance(random, 0.6);
  if (isOdd) {
    for (let left = upTo(random, 3); left > 0; left -= 1) {
      headers.splice(upTo(random, headers.length), chance(random, 0.3) ? 1 : 0, pick(random, strangeHeaders));
    }
  }
  const method = isOdd ? pick(random, methods) : 'POST';
  const target = isOdd && chance(random, 0.3) ? pick(random, targets) : place.path;
  const version = isOdd ? pick(random, versions) : 'HTTP/1.1';
  const end = () => (isOdd && chance(random, 0.1) ? pick(random, lineEnds) : '\r\n');
  const head = [`${method} ${target} ${version}`, ...headers].map((line) => line + end()).join('') + end();
  const sent = isChunked ? toChunks(random, body, isOdd) : body;
  const text = isOdd && chance(random, 0.3) ? cut(random, head + sent) : head + sent;
  return isSigned ? { text, signedBody: body } : { text };
}

function toChunks(random: Random, body: string, isOdd: boolean): string {
  let text = '';
  for (let at = 0; at < body.length; ) {
    const chunk = body.slice(at, at + 1 + upTo(random, body.length));
    const size = isOdd && chance(random, 0.1) ? pick(random, ['', 'x', '-1', 'ffffffffff', '0']) : '';
    text += `${size === '' ? chunk.length.toString(16) : size}${chance(random, 0.1) ? ';x="y"' : ''}\r\n${chunk}\r\n`;
    at += chunk.length;
  }
  return `${text}0\r\n${chance(random, 0.1) ? 'X-Trailer: 1\r\n' : ''}\r\n`;
}

/** Removes, changes or adds some bytes. */
function cut(random: Random, text: string): string {
  const at = upTo(random, text.length);
  const kind = random();
  const end = kind < 0.3 ? text.length : at + upTo(random, 3);
  return text.slice(0, at) + (kind < 0.6 ? '' : randomBytes(random, upTo(random, 5))) + text.slice(end);
}

function randomBytes(random: Random, count: number): string {
  return Array.from({ length: count }, () => String.fromCharCode(upTo(random, 255))).join('');
}
