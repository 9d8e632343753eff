import { expect, test } from 'vitest';
import type { FetchedRecords } from '../../../../../src/stores/kafka/cluster/client/partition-reader.ts';
import { expectLastState } from '../../../../../src/stores/kafka/consume/filter/last-state.ts';

/** A part of the log with these records, up to offset 41. */
const part = (...offsets: readonly number[]) =>
  ({
    records: offsets.map((offset) => ({ offset })),
    nextOffset: 41,
    endOffset: 41,
  }) as unknown as FetchedRecords;

/** @param beyond what is read from the last state on, where the window has nothing */
async function check(parts: readonly FetchedRecords[], beyond = part()) {
  const seen = { passed: 0, asked: [] as number[], missing: 0 };
  async function* reads() {
    yield* parts;
  }
  const checked = expectLastState(reads(), {
    ...{ at: 38, log: { topic: 'latest', partition: 3 } },
    onMissing() {
      seen.missing += 1;
    },
    async fetch(fromOffset) {
      seen.asked.push(fromOffset);
      return beyond;
    },
  });
  let failure = '';
  try {
    for await (const read of checked) {
      seen.passed += read.records.length;
    }
  } catch (error) {
    failure = String(error);
  }
  return { ...seen, failure };
}

const failure = 'Error: latest-3 has no state at offset 38, the last one that was written';

test.each<[string, Parameters<typeof check>, object]>([
  ['is read', [[part(1, 2), part(37, 38), part()]], { passed: 4, asked: [], missing: 0, failure: '' }],
  ['has a tombstone behind it', [[part(37, 39)]], { passed: 2, asked: [], missing: 0, failure: '' }],
  ['is not read', [[part(1, 37), part()]], { passed: 2, asked: [], missing: 1, failure }],
  ['is older than the window', [[part()], part(38)], { passed: 0, asked: [38], missing: 0, failure: '' }],
  ['is not there, and all are older', [[part()]], { passed: 0, asked: [38], missing: 1, failure }],
])('all parts are passed on, and the last state %s', async (_what, given, expected) => {
  expect(await check(...given)).toEqual(expected);
});
