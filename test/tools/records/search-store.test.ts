import { expect, test } from 'vitest';
import { searchStore } from '../../../src/tools/records/search-store.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { searchIn, topics } from './search-in.ts';

/** A reading of `total` records that takes so long for each 1,000. */
async function readSlowly(
  total: number | undefined,
  stepMs: number,
  most = total ?? 5_000,
): Promise<readonly string[]> {
  const clock = createFakeClock();
  const { notices, deps } = searchIn(
    {},
    {
      clock,
      async *read(_selection, { observer }) {
        observer.begins('a part', total);
        for (let done = 0; done < most; done += 1_000) {
          clock.advance(stepMs);
          observer.passed(1_000);
          yield [];
        }
      },
    },
  );
  const selection = { role: 'events', topics } as const;
  await searchStore(deps, { what: 'the events', selection, isWanted: () => true });
  return notices;
}

test('a long reading says once how long it takes, by its first second', async () => {
  expect(await readSlowly(100_000, 500)).toEqual([
    'Reading the events takes up to 49 s more, at the pace of the first second.',
  ]);
});

test('a short reading says nothing, and one of unknown length says that it is so', async () => {
  expect(await readSlowly(4_000, 500)).toEqual([]);
  expect(await readSlowly(100_000, 9)).toEqual([]);
  expect(await readSlowly(undefined, 500)).toEqual([
    'Reading the events takes nobody knows how long: the store does not say how much there is.',
  ]);
});
