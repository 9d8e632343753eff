import { expect, test } from 'vitest';
import type { KafkaClient } from '../../../../src/stores/kafka/cluster/client/kafka-client.ts';
import { KafkaAnswerError } from '../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import { readRanges } from '../../../../src/stores/kafka/consume/read-topic.ts';

const outOfRange = () => new KafkaAnswerError('fail', errorCodes.OFFSET_OUT_OF_RANGE, 'out of range');

/** Each log has offsets without end from `low` on. A part has three of them. */
function createReader(state: { low: number; failure?: Error }) {
  const fetched: string[] = [];
  const reader = {
    async fetch(
      { partition }: { readonly partition: number },
      { fromOffset }: { readonly fromOffset: number },
    ) {
      if (state.failure !== undefined) {
        throw state.failure;
      }
      if (fromOffset < state.low) {
        throw outOfRange();
      }
      fetched.push(`${partition}/${fromOffset}`);
      const records = [0, 1, 2].map((index) => ({ offset: fromOffset + index }));
      return { records, nextOffset: fromOffset + 3 };
    },
    offsetAt: async () => state.low,
  } as unknown as KafkaClient['reader'];
  return { reader, fetched };
}

async function read(
  reader: KafkaClient['reader'],
  ranges: Parameters<typeof readRanges>[2],
  onPart = () => {},
): Promise<string[]> {
  const seen: string[] = [];
  await readRanges({ reader }, 't', ranges, async (partition, records) => {
    seen.push(`${partition}: ${records.map(({ offset }) => offset).join()}`);
    onPart();
  });
  return seen;
}

test('one partition is read after the other, in order, and nothing behind the end of its range', async () => {
  const { reader } = createReader({ low: 0 });
  const ranges = [
    { partition: 4, from: 10, to: 15 },
    { partition: 2, from: 7, to: 7 },
    { partition: 1, from: 0, to: 3 },
  ];
  expect(await read(reader, ranges)).toEqual(['4: 10,11,12', '4: 13,14', '1: 0,1,2']);
});

test('what retention removes before and while it is read is passed over, and nothing is read twice', async () => {
  const state = { low: 12 };
  const { reader } = createReader(state);
  const seen = await read(reader, [{ partition: 0, from: 10, to: 30 }], () => {
    state.low = 22;
  });
  // The part behind was under way when its records were removed.
  expect(seen).toEqual(['0: 12,13,14', '0: 15,16,17', '0: 22,23,24', '0: 25,26,27', '0: 28,29']);
});

test('retention that removes all of a range ends its reading', async () => {
  const { reader, fetched } = createReader({ low: 50 });
  expect(await read(reader, [{ partition: 0, from: 10, to: 30 }])).toEqual([]);
  expect(fetched).toEqual([]);
});

test.each([
  ['an offset that the log has not yet', { low: 5, failure: outOfRange() }],
  ['any other error', { low: 90, failure: new Error('cut') }],
])('%s is no reason to go on elsewhere', async (_what, state) => {
  const { reader } = createReader(state);
  await expect(read(reader, [{ partition: 0, from: 10, to: 30 }])).rejects.toBe(state.failure);
});
