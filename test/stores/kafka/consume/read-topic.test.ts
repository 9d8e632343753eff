import { expect, onTestFinished, test, vi } from 'vitest';
import { UnreadRangeError } from '../../../../src/runtime/range-reader.ts';
import type { KafkaClient } from '../../../../src/stores/kafka/cluster/client/kafka-client.ts';
import { offsetTimes } from '../../../../src/stores/kafka/cluster/client/list-offsets.ts';
import { ConnectionError } from '../../../../src/stores/kafka/cluster/errors/connection-error.ts';
import { KafkaAnswerError } from '../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import {
  explainFailure,
  isClusterFailure,
  readPresentRecords,
  readTopicEnds,
} from '../../../../src/stores/kafka/consume/read-topic.ts';
import { createFakeKafkaRoutes } from '../../../support/fake-kafka-routes.ts';

const outOfRange = () => new KafkaAnswerError('fail', errorCodes.OFFSET_OUT_OF_RANGE, 'out of range');

/** Creates a reader of logs that begin at offset `low` and have no end. Each fetch returns three offsets. */
function createReader(state: { low: number; failure?: Error }) {
  const fetched: string[] = [];
  let asked = 0;
  const reader = {
    async fetch(
      { partition }: { readonly partition: number },
      { fromOffset }: { readonly fromOffset: number },
    ) {
      asked += 1;
      if (asked > 100) {
        throw new Error('It asks without end');
      }
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
    async offsetAt({ partition }: { readonly partition: number }, timeMs: number) {
      expect([partition, timeMs]).toEqual([0, offsetTimes.earliest]);
      return state.low;
    },
  } as unknown as KafkaClient['reader'];
  return { reader, fetched };
}

async function read(
  reader: KafkaClient['reader'],
  from: number,
  to: number,
  onPart = () => {},
): Promise<string[]> {
  const seen: string[] = [];
  for await (const records of readPresentRecords(reader, { topic: 't', partition: 0 }, { from, to })) {
    seen.push(records.map(({ offset }) => offset).join());
    onPart();
  }
  return seen;
}

test('a partition is read in order, and nothing behind the end of its range', async () => {
  const { reader } = createReader({ low: 0 });
  expect(await read(reader, 10, 15)).toEqual(['10,11,12', '13,14']);
  expect(await read(reader, 7, 7)).toEqual([]);
});

test('what retention removes before and while it is read is skipped, and nothing is read twice', async () => {
  const state = { low: 12 };
  const { reader } = createReader(state);
  const seen = await read(reader, 10, 30, () => {
    state.low = 22;
  });
  // Records that were removed while the next fetch was already in flight are missing.
  expect(seen).toEqual(['12,13,14', '15,16,17', '22,23,24', '25,26,27', '28,29']);
});

test('retention that removes all of a range ends its reading', async () => {
  const { reader, fetched } = createReader({ low: 50 });
  expect(await read(reader, 10, 30)).toEqual([]);
  expect(fetched).toEqual([]);
});

test.each([
  ['an offset that the log has not yet', { low: 5, failure: outOfRange() }],
  ['the first offset of a log that has none yet', { low: 10, failure: outOfRange() }],
  ['another answer', { low: 90, failure: new KafkaAnswerError('fail', 29, 'no right') }],
  ['any other error', { low: 90, failure: new Error('cut') }],
])('%s is no reason to go on elsewhere', async (_what, state) => {
  const { reader } = createReader(state);
  await expect(read(reader, 10, 30)).rejects.toBe(state.failure);
});

test('of each partition the first offset is told, the end of what can be read, and what is hidden behind it', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const stable = [20, 12];
  const reader = {
    endOf: async () => 20,
    offsetAt: async ({ partition }: { readonly partition: number }, timeMs: number) =>
      timeMs === offsetTimes.earliest ? 5 + partition : stable[partition],
  } as unknown as KafkaClient['reader'];
  const routes = createFakeKafkaRoutes({ partitionCountOf: async () => 2 });
  const ends = readTopicEnds({ reader, routes } as KafkaClient, 't');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await ends).toEqual([
    { partition: 0, low: 5, high: 20, hidden: undefined },
    { partition: 1, low: 6, high: 12, hidden: { topic: 't', partition: 1, from: 12, to: 20 } },
  ]);
});

test('a topic that brokers do not know yet is requested again, and one that stays unknown is an error', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const counts = [0, 0, 1];
  const reader = { endOf: async () => 0, offsetAt: async () => 0 } as unknown as KafkaClient['reader'];
  const routes = createFakeKafkaRoutes({ partitionCountOf: async () => counts.shift() ?? 0 });
  const ends = readTopicEnds({ reader, routes } as KafkaClient, 't');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await ends).toHaveLength(1);
  const unknown = expect(readTopicEnds({ reader, routes } as KafkaClient, 't')).rejects.toMatchObject({
    errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
  });
  await vi.advanceTimersByTimeAsync(10_000);
  await unknown;
});

const question = {
  topics: ['t'],
  role: 'events',
  groupId: 'g',
  connection: { brokers: ['broker:9092'] },
} as never;
const answerError = (code: number) => new KafkaAnswerError('fail', code, 'refused');

test.each([
  [
    'a range that could not be read',
    new UnreadRangeError('It ended.'),
    /^It ended\. Then run the command again$/,
  ],
  [
    'a right on the topic',
    answerError(errorCodes.TOPIC_AUTHORIZATION_FAILED),
    /^cannot read the topic t: .*Read/,
  ],
  [
    'a right on the group',
    answerError(errorCodes.GROUP_AUTHORIZATION_FAILED),
    /^cannot use the consumer group g: .*\bg\b/,
  ],
  ['brokers that do not answer', new ConnectionError('timeout', 'gone'), /broker:9092/],
])('%s is a sentence for the operator, with its cause', async (_what, error, sentence) => {
  const explained = await explainFailure(error, question);
  expect(explained).toMatchObject({ message: expect.stringMatching(sentence), cause: error });
});

test('what is no failure of the cluster stays as it is', async () => {
  const error = new Error('a mistake in a program');
  expect([await explainFailure(error, question), isClusterFailure(error)]).toEqual([error, false]);
});
