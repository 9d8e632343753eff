import { expect, test } from 'vitest';
import { KeptSignatures, toKept } from '../../src/observe/kept-signatures.ts';
import { SignatureMismatch } from '../../src/webhook/refusal.ts';

/** The same numbers in each run (https://en.wikipedia.org/wiki/Linear_congruential_generator). */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const digest = Buffer.alloc(20);

function offer(kept: KeptSignatures, webhook: string, body = Buffer.from('{}')): string | undefined {
  return kept.offer(toKept(webhook, new SignatureMismatch({ body, digest }), () => {}))?.webhook;
}

test('keeps 128 with small bodies, and the first one is kept as often as the last one', () => {
  const kept = new KeptSignatures(createRandom());
  const rounds = 400;
  const times = { first: 0, last: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const left = [offer(kept, 'first')];
    for (let index = 0; index < 254; index += 1) {
      left.push(offer(kept, 'stranger'));
    }
    left.push(offer(kept, 'last'));
    const { small } = kept.take();
    expect(small).toHaveLength(128);
    expect(left.filter((webhook) => webhook !== undefined)).toHaveLength(128);
    times.first += small.filter(({ webhook }) => webhook === 'first').length;
    times.last += small.filter(({ webhook }) => webhook === 'last').length;
  }
  for (const count of Object.values(times)) {
    expect(Math.abs(count / rounds - 0.5)).toBeLessThan(0.1);
  }
});

test('a small body is kept alone, not with the chunk that it came in', () => {
  const kept = new KeptSignatures(() => 0);
  const chunk = Buffer.alloc(64 * 1024, 'x');
  offer(kept, 'w', chunk.subarray(0, 100));
  const { small } = kept.take();
  expect(small[0]?.signature.body.toString()).toBe('x'.repeat(100));
  expect(small[0]?.signature.body.buffer).not.toBe(chunk.buffer);
});

test('what was taken is not taken again, and the next one is kept', () => {
  const kept = new KeptSignatures(() => 0);
  for (const webhook of ['one', 'other']) {
    offer(kept, webhook, Buffer.alloc(10_000));
    expect(kept.take().large).toMatchObject([{ webhook }]);
    expect(kept.take()).toEqual({ small: [], large: [] });
  }
});
