import { createHmac } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Explanation, explainSignature } from '../../../src/webhook/explain/explain-signature.ts';
import { examinedCauses, signatureAdvice } from '../../../src/webhook/explain/signature-cause.ts';
import type { CandidateSecrets } from '../../../src/webhook/explain/similar-secrets.ts';

const secret = 'Zm9ydHktdHdvIGlzIHRoZSBhbnN3ZXIK';
const decoded = Buffer.from(secret, 'base64').toString().trimEnd();
const around: CandidateSecrets = {
  own: [
    { label: 'previous', value: 'a secret from before the rotation' },
    { label: 'current', value: secret },
  ],
  removed: [{ label: 'old', value: 'a secret that was taken away' }],
  others: [{ webhook: 'chat', label: 'current', value: 'the secret of another one' }],
};
const body =
  '{"eventId":"1","name":"message.inbound","payload":{"text":"¿Qué? 😀 </b> http://a.example/","n":1.0}}';

function explain(sent: string | Buffer, key: string | Buffer, received: string | Buffer = sent): Explanation {
  const digest = createHmac('sha1', key).update(sent).digest();
  return explainSignature({ algorithm: 'sha1', digest, body: Buffer.from(received as string) }, around);
}

describe('the secret', () => {
  test.each([
    [
      'of another registration',
      'the secret of another one',
      'secret_of_other_webhook',
      { secret: 'current', ofWebhook: 'chat' },
    ],
    ['that was removed', 'a secret that was taken away', 'secret_removed', { secret: 'old' }],
    ['with a line end', `${secret}\n`, 'secret_white_space', {}],
    ['with a line end of Windows', `${secret}\r\n`, 'secret_white_space', {}],
    ['with a blank behind it', `${secret} `, 'secret_white_space', {}],
    ['with a blank before it', ` ${secret}`, 'secret_white_space', {}],
    ['with a byte order mark', `\ufeff${secret}`, 'secret_white_space', {}],
    ['in quotes', `"${secret}"`, 'secret_quoted', {}],
    ['in single quotes', `'${secret}'`, 'secret_quoted', {}],
    ['in base64', Buffer.from(secret).toString('base64'), 'secret_base64', {}],
    [
      'in base64 with the line end of echo',
      Buffer.from(`${secret}\n`).toString('base64'),
      'secret_base64',
      {},
    ],
    ['that is here in base64', decoded, 'secret_base64', {}],
    ['that is here in base64 with the line end of echo', `${decoded}\n`, 'secret_base64', {}],
    ['in lower case', secret.toLowerCase(), 'secret_case', {}],
    ['in upper case', secret.toUpperCase(), 'secret_case', {}],
  ] as const)('%s is recognised', (_what, key, cause, more) => {
    expect(explain(body, key)).toEqual({ cause, secret: 'current', ...more });
  });
});

const pretty = JSON.stringify(JSON.parse(body), undefined, 2);
const ascii = (json: string) =>
  json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const python = (json: string) => json.replaceAll('":', '": ').replaceAll(',"', ', "');

describe('a body that has got', () => {
  test.each([
    ['a line end', body, `${body}\n`, 'body_white_space'],
    ['a line end of Windows', body, `${body}\r\n`, 'body_white_space'],
    ['a byte order mark', body, `\ufeff${body}`, 'body_white_space'],
    ['blanks around it', body, ` \n ${body} \n `, 'body_white_space'],
    ['no line end any more', `${body}\n`, body, 'body_white_space'],
    ['no line end of Windows any more', `${body}\r\n`, body, 'body_white_space'],
    ['no byte order mark any more', `\ufeff${body}`, body, 'body_white_space'],
    ['line ends of Windows', pretty, pretty.replaceAll('\n', '\r\n'), 'body_white_space'],
    ['line ends of Unix', pretty.replaceAll('\n', '\r\n'), pretty, 'body_white_space'],
    ['indentation', body, body.replaceAll(/[{,:]/g, '$&\n  ').replace('h\nttp:\n  ', 'http:'), undefined],
    ['the spaces of Python', body, python(body), 'body_rewritten'],
    ['escapes instead of characters', body, ascii(body), 'body_rewritten'],
    ['characters instead of escapes', ascii(body), body, 'mismatch'],
    [
      'the escapes of .NET',
      body,
      body.replace(
        /[^\0-\x7f]|[<>&'+`]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
      ),
      'body_rewritten',
    ],
    ['escaped slashes', body, body.replaceAll('/', '\\/'), 'body_rewritten'],
    ['the bytes of Latin-1', body.replace('😀', '€'), toWestern(body.replace('😀', '€')), 'body_charset'],
    [
      'UTF-8 twice',
      body,
      Buffer.from(new TextDecoder('windows-1252').decode(Buffer.from(body))),
      'body_charset',
    ],
    ['UTF-16', body, Buffer.from(body, 'utf16le'), 'body_charset'],
    ['UTF-16 in the other order', body, Buffer.from(`\ufeff${body}`, 'utf16le').swap16(), 'body_charset'],
    ['gzip', body, gzipSync(body), 'body_compressed'],
    ['deflate', body, deflateSync(body), 'body_compressed'],
    ['nothing left', body, '', 'no_body'],
    ['its end cut off', body, body.slice(0, -1), 'not_json'],
    ['a text cut in the middle', body, body.slice(0, 60), 'not_json'],
    ['a page instead', body, '<html>Please log in</html>', 'not_json'],
    ['another number', body, body.replace('1.0', '1'), 'mismatch'],
    ['another number in a batch', `[${body}]`, `[${body.replace('1.0', '1')}]`, 'mismatch'],
    ['members in another order', '{"a":1,"b":2}', '{"b":2,"a":1}', 'mismatch'],
  ] as const)('%s is recognised', (_what, sent, received, cause) => {
    if (cause !== undefined) {
      const isProven = cause.startsWith('body_');
      expect(explain(sent, secret, received)).toEqual({ cause, ...(isProven && { secret: 'current' }) });
    }
  });

  /** Encodes a text in windows-1252. */
  function toWestern(text: string): Buffer {
    return Buffer.from(text.replace('€', '\x80'), 'latin1');
  }
});

test('a large body is recognised too', () => {
  const events = Array.from({ length: 1_000 }, (_, index) => ({
    eventId: `${index}`,
    text: 'é\n'.repeat(20),
  }));
  const large = JSON.stringify(events);
  expect(explain(large, secret, python(large))).toEqual({ cause: 'body_rewritten', secret: 'current' });
  const lines = JSON.stringify(events, undefined, 2);
  expect(explain(lines, secret, lines.replaceAll('\n', '\r\n')).cause).toBe('body_white_space');
  expect(explain(large, secret, Buffer.from(large, 'utf16le')).cause).toBe('body_charset');
  const received = Buffer.from(Buffer.from(large).toString('latin1'));
  expect(explain(large, secret, received).cause).toBe('body_charset');
});

test('a body that was compressed to less than a thirty-second is not decompressed', () => {
  const repeated = (count: number) => JSON.stringify(['x'.repeat(count)]);
  expect(explain(repeated(500), secret, gzipSync(repeated(500))).cause).toBe('body_compressed');
  expect(explain(repeated(9_000), secret, gzipSync(repeated(9_000))).cause).toBe('not_json');
});

test('what an unauthenticated client signs is a mismatch', () => {
  expect(explain(body, 'what an unauthenticated client would guess')).toEqual({ cause: 'mismatch' });
  expect(
    explainSignature(
      { algorithm: 'sha1', digest: Buffer.alloc(20), body: Buffer.from(body) },
      { own: [], removed: [], others: [] },
    ),
  ).toEqual({ cause: 'mismatch' });
});

test('so many secrets of each kind are tried, and no more: an examination has an end', () => {
  const secretsOf = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ webhook: 'w', label: 'l', value: `secret ${index}` }));
  const causeOf = (sent: string, key: string, some: Partial<CandidateSecrets>) => {
    const digest = createHmac('sha1', key).update(sent).digest();
    const near = { own: [], removed: [], others: [], ...some };
    return explainSignature({ algorithm: 'sha1', digest, body: Buffer.from(body) }, near).cause;
  };
  for (const [kind, most, sent, cause] of [
    ['own', 4, `${body}\n`, 'body_white_space'],
    ['removed', 4, body, 'secret_removed'],
    ['others', 100, body, 'secret_of_other_webhook'],
  ] as const) {
    const causes = [0, most - 1, most].map((index) =>
      causeOf(sent, `secret ${index}`, { [kind]: secretsOf(most + 1) }),
    );
    expect(causes).toEqual([cause, cause, 'mismatch']);
  }
});

test('an empty key proves nothing: no secret becomes one', () => {
  for (const key of ['', '\n', '"', ' ']) {
    expect(explain(body, key)).toEqual({ cause: 'mismatch' });
  }
});

test('a signature of another algorithm is explained as well', () => {
  const digest = createHmac('sha256', secret).update(body).digest();
  expect(explainSignature({ algorithm: 'sha256', digest, body: Buffer.from(`${body}\n`) }, around)).toEqual({
    cause: 'body_white_space',
    secret: 'current',
  });
});

test('each cause has advice, which is a sentence', () => {
  for (const cause of examinedCauses) {
    expect(signatureAdvice[cause]).toMatch(/^[A-Z].+\.$/);
  }
});
