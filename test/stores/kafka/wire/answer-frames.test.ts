import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnswerFrames } from '../../../../src/stores/kafka/wire/answer-frames.ts';

const bounds = { leastBytes: 4, mostBytes: () => 1_000 };

function toFrame(length: number, body = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(length);
  return Buffer.concat([head, body]);
}

/** All answers of these chunks. */
function cut(chunks: readonly Buffer[]): Buffer[] {
  const frames = new AnswerFrames();
  const found: Buffer[] = [];
  for (const chunk of chunks) {
    frames.add(chunk);
    for (let frame = frames.next(bounds); frame !== undefined; frame = frames.next(bounds)) {
      found.push(frame);
    }
  }
  return found;
}

describe('AnswerFrames', () => {
  test('gives the same answers however the bytes come', () => {
    const body = fc.uint8Array({ minLength: 4, maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(body), fc.array(fc.nat({ max: 400 })), (bodies, places) => {
        const answers = bodies.map((each) => toFrame(each.length, each));
        const all = Buffer.concat(answers);
        const ends = [...places.filter((place) => place < all.length).toSorted((a, b) => a - b), all.length];
        const chunks = ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end));
        expect(cut(chunks)).toEqual(answers);
      }),
    );
  });

  test.each([-(2 ** 31), -1, 0, 3])('refuses a length of %i with the bytes of the length alone', (length) => {
    expect(() => cut([toFrame(length)])).toThrow(`it has ${length} bytes, less than 4`);
  });

  test.each([1_001, 2 ** 31 - 1])('refuses a length of %i as soon as its question is known', (length) => {
    expect(cut([toFrame(length, Buffer.alloc(3))])).toEqual([]);
    expect(() => cut([toFrame(length, Buffer.alloc(4))])).toThrow(`it has ${length} bytes, more than 1000`);
  });

  test('takes an answer of either bound', () => {
    const answers = [toFrame(4, Buffer.alloc(4)), toFrame(1_000, Buffer.alloc(1_000))];
    expect(cut([Buffer.concat(answers)])).toEqual(answers);
  });

  test('keeps no chunk of an answer that comes byte by byte', () => {
    const frames = new AnswerFrames();
    const bytes = toFrame(1_000, Buffer.alloc(1_000, 'x'));
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    const answers = chunks.map((chunk) => {
      frames.add(chunk);
      const answer = frames.next(bounds);
      chunk.fill(0);
      return answer;
    });
    expect(answers.slice(0, -1).every((answer) => answer === undefined)).toBe(true);
    // The first chunk came alone.
    expect(answers.at(-1)?.subarray(1)).toEqual(bytes.subarray(1));
  });

  test('takes an empty answer where there may be one', () => {
    const frames = new AnswerFrames();
    frames.add(Buffer.alloc(4));
    expect(frames.next({ leastBytes: 0, mostBytes: () => 10 })).toEqual(Buffer.alloc(4));
  });
});
