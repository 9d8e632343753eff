import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BytesReply, createRespReader } from '../../src/redis/resp.ts';

const maxBytes = 100_000;
const read = (...chunks: readonly string[]) => {
  const reader = createRespReader({ maxBytes });
  return chunks.flatMap((chunk) => reader.read(Buffer.from(chunk, 'latin1')));
};

/** The bytes of an answer, as a server writes them. */
function write(reply: BytesReply): string {
  if (reply === null) {
    return '$-1\r\n';
  }
  if (typeof reply === 'number') {
    return `:${reply}\r\n`;
  }
  if (typeof reply === 'string') {
    return `+${reply}\r\n`;
  }
  if (reply instanceof Error) {
    return `-${reply.message}\r\n`;
  }
  if (Buffer.isBuffer(reply)) {
    return `$${reply.length}\r\n${reply.toString('latin1')}\r\n`;
  }
  return `*${reply.length}\r\n${reply.map(write).join('')}`;
}

const { reply: anyReply } = fc.letrec<{ reply: BytesReply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme-ascii' }),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: 'grapheme-ascii' }).map((text) => new Error(text)),
    fc.array(tie('reply'), { maxLength: 4 }),
  ),
}));

describe('answers', () => {
  test.each<[string, BytesReply]>([
    ['+OK\r\n', 'OK'],
    ['-ERR no\r\n', new Error('ERR no')],
    [':-1\r\n', -1],
    [':+9007199254740991\r\n', Number.MAX_SAFE_INTEGER],
    ['$-1\r\n', null],
    ['*-1\r\n', null],
    ['$0\r\n\r\n', Buffer.alloc(0)],
    ['*0\r\n', []],
    ['*2\r\n*0\r\n*1\r\n:1\r\n', [[], [1]]],
    ['$2\r\n\r\n\r\n', Buffer.from('\r\n')],
  ])('%j are read', (bytes, reply) => {
    expect(read(bytes)).toEqual([reply]);
  });

  test('are the same however their bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyReply, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(500)),
        (replies, cuts) => {
          const bytes = replies.map(write).join('');
          const places = [
            0,
            ...cuts.filter((at) => at < bytes.length).toSorted((a, b) => a - b),
            bytes.length,
          ];
          const chunks = places.slice(1).map((end, index) => bytes.slice(places[index], end));
          expect(read(...chunks)).toEqual(replies);
          expect(read(...bytes.split(''))).toEqual(replies);
        },
      ),
    );
  });
});

describe('what a peer must not say', () => {
  test.each([
    ['$-2\r\n', 'a length is no length'],
    ['$9999999999\r\n', 'larger than'],
    ['$99999999999999999999\r\n', 'a length is no length'],
    ['$1e3\r\n', 'a length is no length'],
    ['$\r\n', 'a length is no length'],
    ['*-2\r\n', 'a length is no length'],
    ['*2147483647\r\n', 'too large'],
    ['*4294967296\r\n', 'too large'],
    ['*99999999999\r\n', 'a length is no length'],
    ['$1\r\nabc', 'does not end where its length says'],
    [':\r\n', 'a number is none'],
    [':1.5\r\n', 'a number is none'],
    [':NaN\r\n', 'a number is none'],
    [':9007199254740992\r\n', 'too large'],
    [':-9223372036854775808\r\n', 'too large'],
    [`:${'9'.repeat(400)}\r\n`, 'too large'],
    ['*1\r\n'.repeat(9), 'too large'],
    ['HTTP/1.1 400 Bad Request\r\n', 'no answer of Redis'],
    ['%1\r\n', 'no answer of Redis'],
    ['\r\n', 'no answer of Redis'],
    ['\0'.repeat(20_000), 'a line without an end'],
    [`+${'a'.repeat(20_000)}\r\n`, 'a line without an end'],
  ])('%j', (bytes, text) => {
    expect(() => read(bytes)).toThrow(text);
    // In one piece or in many.
    expect(() => read(...bytes.split(''))).toThrow(text);
  });

  test('more than was allowed for, in one answer or in all that were asked for together', () => {
    expect(read(`$99000\r\n${'a'.repeat(99_000)}\r\n`)).toHaveLength(1);
    expect(() => read(`$${maxBytes}\r\n`)).toThrow('larger than 100000 bytes');
    expect(() => read(...Array.from({ length: 2_000 }, () => ':1\r\n'))).toThrow('larger than 100000 bytes');
    expect(() =>
      read('*1000\r\n', ...Array.from({ length: 1_000 }, () => '$30\r\n'.padEnd(35, 'a').concat('\r\n'))),
    ).toThrow('larger than');
  });

  test('what was answered is not counted again', () => {
    const reader = createRespReader({ maxBytes });
    for (let count = 0; count < 5_000; count += 1) {
      expect(reader.read(Buffer.from(':1\r\n'))).toEqual([1]);
      reader.forget();
    }
  });
});
