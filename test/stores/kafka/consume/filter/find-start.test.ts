import { expect, test } from 'vitest';
import type { LogRecord } from '../../../../../src/filter/log-record.ts';
import { offsetTimes } from '../../../../../src/stores/kafka/cluster/client/list-offsets.ts';
import type { PartitionReader } from '../../../../../src/stores/kafka/cluster/client/partition-reader.ts';
import {
  type CommittedOffset,
  findStart,
} from '../../../../../src/stores/kafka/consume/filter/find-start.ts';
import type { TopicPartition } from '../../../../../src/stores/kafka/wire/topic-partition.ts';
import { createFakeKafkaRoutes } from '../../../../support/fake-kafka-routes.ts';

const input: TopicPartition = { topic: 'events', partition: 0 };
const latest: TopicPartition = { topic: 'latest', partition: 0 };
const mark = { events: { topicId: 'e', epoch: 7 }, latest: { topicId: 'l', end: 40 } };
const record: LogRecord = {
  offset: 0,
  timestampMs: 5,
  key: null,
  value: null,
  body: Buffer.alloc(0),
  header: () => undefined,
};
const committed: CommittedOffset = { offset: 100, mark };

function setUp() {
  const logs: Record<string, { topicId?: string; earliest: number; end: number; states: number }> = {
    events: { topicId: 'e', earliest: 10, end: 200, states: 0 },
    latest: { topicId: 'l', earliest: 0, end: 41, states: 0 },
  };
  const logOf = ({ topic }: TopicPartition) => logs[topic] ?? { earliest: 0, end: 0, states: 0 };
  const state = {
    epochEnd: 150 as number | undefined,
    forgotten: 0,
    fetches: 0,
    epochs: [] as number[],
  };
  const reader: PartitionReader = {
    offsetAt: async (of, time) => (time === offsetTimes.earliest ? logOf(of).earliest : logOf(of).end),
    endOf: async (of) => logOf(of).end,
    async epochEnd(_of, epoch) {
      state.epochs.push(epoch);
      return state.epochEnd;
    },
    async fetch(of, { fromOffset }) {
      state.fetches += 1;
      const { end, states } = logOf(of);
      const records = Array.from({ length: states }, () => record);
      return {
        records,
        nextOffset: end,
        endOffset: end,
        isFull: false,
        lastEpoch: 7,
        byteCount: end - fromOffset,
      };
    },
  };
  const routes = createFakeKafkaRoutes({
    async viewOf(of) {
      const { topicId } = logOf(of);
      return { topicId };
    },
    forget: () => {
      state.forgotten += 1;
    },
  });
  const find = (of: CommittedOffset | undefined, lastTopicId?: string) =>
    findStart({
      ...{ routes, reader, input, latest, committed: of, knownLatest: of?.mark?.latest },
      lastTopicId,
    });
  return { find, logs, state, routes };
}

test('a group whose logs go on continues at its offset, and knows who wrote the record before', async () => {
  const { find, state } = setUp();
  expect(await find(committed)).toEqual({
    startOffset: 100,
    resets: [],
    topicId: 'e',
    epoch: 7,
    latestMark: { topicId: 'l', end: 41 },
  });
  // The filter fetches no records, because only a group without an offset needs to know whether there are states.
  expect(state).toMatchObject({ forgotten: 0, fetches: 0, epochs: [7] });
});

test('a log that was cut back is read from the cut on, whose writer is not known', async () => {
  const { find, state } = setUp();
  state.epochEnd = 60;
  expect(await find(committed)).toMatchObject({
    startOffset: 60,
    resets: [{ reason: 'log_truncated', committedOffset: 100 }],
    epoch: -1,
  });
});

test('a log that is shorter because its topic was created again is read whole', async () => {
  const { find, logs, state, routes } = setUp();
  logs.events = { topicId: 'e', earliest: 0, end: 9, states: 0 };
  state.epochEnd = 5;
  routes.forget = () => {
    logs.events = { topicId: 'new', earliest: 0, end: 9, states: 0 };
  };
  expect(await find(committed)).toMatchObject({
    startOffset: 0,
    resets: [{ reason: 'topic_recreated' }],
    topicId: 'new',
  });
});

test('without a mark no end of an epoch is requested, and the offset counts', async () => {
  const { find, state } = setUp();
  state.epochEnd = 60;
  expect(await find({ offset: 100 })).toMatchObject({
    startOffset: 100,
    resets: [{ reason: 'offset_set', committedOffset: 100 }],
    epoch: -1,
  });
  expect(state.epochs).toEqual([]);
});

test('a new group begins at the first record; an aborted state is none', async () => {
  const { find } = setUp();
  expect(await find(undefined)).toMatchObject({ startOffset: 10, resets: [], epoch: -1 });
});

test('a group that has states but no offset has lost it', async () => {
  const { find, logs } = setUp();
  logs.latest = { topicId: 'l', earliest: 0, end: 41, states: 1 };
  expect((await find(undefined)).resets).toEqual([{ reason: 'offset_lost', startOffset: 10 }]);
  expect((await find(committed)).resets).toEqual([]);
});

test.each([
  ['events', 'topic_recreated'],
  ['latest', 'latest_recreated'],
])('another id of %s counts only when another broker has it too', async (topic, reason) => {
  const { find, logs, state, routes } = setUp();
  const before = logs[topic];
  if (before === undefined) {
    throw new Error('There is no such log');
  }
  logs[topic] = { ...before, topicId: 'new' };
  expect((await find(committed)).resets).toMatchObject([{ reason }]);
  expect(state.forgotten).toBe(1);

  // The first broker had reported outdated metadata.
  routes.forget = () => {
    logs[topic] = before;
  };
  expect(await find(committed)).toMatchObject({ startOffset: 100, resets: [] });
});

test('without an offset the id that this process saw last is compared', async () => {
  const { find, state } = setUp();
  expect((await find(undefined, 'before')).resets).toMatchObject([{ reason: 'topic_recreated' }]);
  expect(state.forgotten).toBe(1);
  expect((await find(undefined, 'e')).resets).toEqual([]);
});

test('brokers that report no ids change nothing', async () => {
  const { find, logs, state } = setUp();
  logs.events = { earliest: 10, end: 200, states: 0 };
  logs.latest = { earliest: 0, end: 41, states: 0 };
  expect(await find(committed)).toEqual({
    startOffset: 100,
    resets: [],
    topicId: undefined,
    epoch: 7,
    latestMark: { end: 41 },
  });
  expect(state.forgotten).toBe(0);
});
