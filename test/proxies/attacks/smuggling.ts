import { type Attack, pauseMs } from './attack.ts';
import { hiddenRequests } from './hidden-requests.ts';

/**
 * Request lines and headers for which two parsers may disagree about the end of the body. `Content-Length` is added to
 * each of them.
 */
const carriers: Readonly<Record<string, readonly string[]>> = {
  'CONNECT host:port': ['CONNECT a:1 HTTP/1.1'],
  'CONNECT /path': ['CONNECT /webhook HTTP/1.1'],
  'CONNECT URL': ['CONNECT http://localhost/webhook HTTP/1.1'],
  'Upgrade on GET': ['GET /webhook HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket'],
  'Upgrade on POST': ['POST /webhook HTTP/1.1', 'Connection: Upgrade', 'Upgrade: h2c'],
  'Upgrade without Connection': ['POST /webhook HTTP/1.1', 'Upgrade: websocket'],
  'GET with a body': ['GET /webhook HTTP/1.1'],
  'HEAD with a body': ['HEAD /webhook HTTP/1.1'],
  'OPTIONS with a body': ['OPTIONS * HTTP/1.1'],
  'DELETE with a body': ['DELETE /webhook HTTP/1.1'],
  'PUT with a body': ['PUT /nowhere HTTP/1.1'],
  'an unknown method': ['QUERY /webhook HTTP/1.1'],
  'a method with a URL': ['POST http://localhost/webhook HTTP/1.1'],
  'HTTP/1.0 kept alive': ['POST /webhook HTTP/1.0', 'Connection: keep-alive'],
  'no signature': ['POST /webhook HTTP/1.1'],
  'a wrong signature': ['POST /webhook HTTP/1.1', `X-Comapi-Signature: ${'ab'.repeat(20)}`],
  'a compressed body': ['POST /webhook HTTP/1.1', 'Content-Encoding: gzip'],
  'Expect on a refused body': ['POST /webhook HTTP/1.1', 'Expect: 100-continue'],
  'Expect on GET': ['GET /webhook HTTP/1.1', 'Expect: 100-continue'],
  'an unknown Expect': ['POST /webhook HTTP/1.1', 'Expect: 200-ok'],
  'a second length': ['POST /webhook HTTP/1.1', 'Content-Length: 0'],
};

/** Values of `Transfer-Encoding`. Each is tried with and without a length, and with and without a protocol upgrade. */
const encodings = [
  'chunked',
  'gzip',
  'gzip, chunked',
  'identity',
  'chunked, identity',
  'xchunk',
  '\tchunked',
];

export interface SmugglingAttack extends Attack {
  /** Maximum number of answers. If more arrive, the receiver has parsed the hidden request. */
  readonly mostAnswers: 1 | 2;
}

/** Combines each set of headers with each hidden request as its body. */
export function createSmugglingAttacks(): SmugglingAttack[] {
  return Object.entries(hiddenRequests).flatMap(([name, hidden]) => [
    ...hideBehindLength(name, hidden),
    ...hideBehindEncoding(name, hidden),
  ]);
}

function hideBehindLength(hiddenName: string, hidden: string): SmugglingAttack[] {
  return Object.entries(carriers).flatMap(([carrier, lines]) => {
    const head = toHead([...lines, `Content-Length: ${hidden.length}`]);
    const name = `${carrier}, ${hiddenName}`;
    return [
      { name, steps: [head, pauseMs, hidden], mostAnswers: 1 },
      { name: `${name}, at once`, steps: [head + hidden], mostAnswers: 1 },
    ];
  });
}

function hideBehindEncoding(hiddenName: string, hidden: string): SmugglingAttack[] {
  const attacks: SmugglingAttack[] = [];
  for (const encoding of encodings) {
    for (const upgrade of [[], ['Connection: Upgrade', 'Upgrade: websocket']]) {
      for (const length of [[], [`Content-Length: ${hidden.length + 5}`], ['Content-Length: 5']]) {
        const headers = [...upgrade, ...length, `Transfer-Encoding: ${encoding}`];
        const head = toHead(['POST /webhook HTTP/1.1', ...headers]);
        const name = `${headers.join(', ')}, ${hiddenName}`;
        // After the last chunk, the hidden request is a valid separate request, so two answers are correct.
        const mostAnswers = encoding.endsWith('chunked') && length.length === 0 ? 2 : 1;
        attacks.push(
          { name: `${name}, after a last chunk`, steps: [head, pauseMs, `0\r\n\r\n${hidden}`], mostAnswers },
          { name, steps: [head, pauseMs, hidden], mostAnswers: 1 },
        );
      }
    }
  }
  return attacks;
}

function toHead([requestLine = '', ...headers]: readonly string[]): string {
  return [requestLine, 'Host: localhost', ...headers, '', ''].join('\r\n');
}
