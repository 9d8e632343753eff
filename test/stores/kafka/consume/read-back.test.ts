import { expect, onTestFinished, test } from 'vitest';
import { type AcknowledgedRecord, digestRecord } from '../../../../src/ports/read-back.ts';
import { createLogger } from '../../../../src/runtime/logger.ts';
import { offsetTimes } from '../../../../src/stores/kafka/cluster/client/list-offsets.ts';
import { KafkaAnswerError } from '../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import { createAnswerSampler, readPosition } from '../../../../src/stores/kafka/consume/read-back.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';

const record = (id: string) => ({
  topic: 'events',
  key: 'k',
  value: Buffer.from(id),
  headers: { ce_id: id },
});
const batch = (partition: number, ...ids: readonly string[]) => ({
  ...{ topic: 'events', partition, sizeBytes: 50 },
  records: ids.map(record),
});
const answer = (partition: number, baseOffset: string, errorCode = 0) => ({
  ...{ topic: 'events', partition, baseOffset, errorCode },
});

function setUp(isDue = true) {
  const taken: AcknowledgedRecord[] = [];
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  const readBack = createAnswerSampler({
    connection: { brokers: [] },
    logger: createLogger('silent'),
    topics: ['events'],
    sampler: { isDue, signal: ended.signal, take: (each) => void taken.push(each) },
    clock: createFakeClock(),
  });
  return { readBack, taken };
}

test('a record is at its place within its batch, and costs the bytes of the whole batch to read', () => {
  const { readBack, taken } = setUp();
  for (let round = 0; round < 200; round += 1) {
    readBack([batch(0, 'd'), batch(3, 'a', 'b', 'c')], [answer(0, '0'), answer(3, '40')]);
  }
  const places = { a: 'events/3/40', b: 'events/3/41', c: 'events/3/42', d: 'events/0/0' };
  expect(new Set(taken.map(({ id }) => id))).toEqual(new Set(Object.keys(places)));
  for (const { id, place, readBytes } of taken) {
    expect([place, readBytes]).toEqual([places[id as keyof typeof places], 50]);
  }
});

test.each([
  ['was refused', answer(3, '40', 6)],
  ['has no offset', answer(3, '-1')],
  ['is of another partition', answer(2, '40')],
])('a batch whose answer %s is not read back', (_what, given) => {
  const { readBack, taken } = setUp();
  readBack([batch(3, 'a')], [given]);
  readBack([], []);
  expect(taken).toEqual([]);
});

test('nothing is taken that nobody wants', () => {
  const { readBack, taken } = setUp(false);
  readBack([batch(3, 'a')], [answer(3, '40')]);
  expect(taken).toEqual([]);
});

interface Log {
  /** The record at offset 40, if a read returns one. */
  readonly value?: string | null;
  readonly key?: string | null;
  readonly unreadable?: Error;
  /** Error that replaces the response to the fetch request. */
  readonly failure?: unknown;
  readonly nextOffset?: number;
  readonly first?: number;
  readonly end?: number;
  /** Settings of the topic. `undefined` if the client may not read the settings. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

/** Reads back an event with key `k` one second after it was stored at offset 40. */
function readBackFrom(log: Log) {
  const { key = 'k', value, unreadable, failure, nextOffset = 41, first = 0, end = 41, settings } = log;
  const found = { offset: 40, key: key === null ? null : Buffer.from(key) };
  const records =
    unreadable === undefined
      ? value === undefined
        ? []
        : [{ ...found, value: value === null ? null : Buffer.from(value) }]
      : // An unreadable batch has the offset of its first record.
        [{ ...found, offset: 38, unreadable }];
  const reader = {
    async fetch(_of: object, { fromOffset, maxBytes }: { fromOffset: number; maxBytes: number }) {
      expect([fromOffset, maxBytes]).toEqual([40, 1]);
      if (failure !== undefined) {
        throw failure;
      }
      return { records, nextOffset };
    },
    async offsetAt(_of: object, timestamp: number) {
      expect(timestamp).toBe(offsetTimes.earliest);
      return first;
    },
    endOf: async () => end,
  };
  const cluster = {
    read: async () => ({}),
    describeTopic: async () => settings && new Map(Object.entries(settings)),
  };
  const place = { topic: 'events', partition: 3, offset: 40, acknowledgedAt: 5_000 };
  const wanted = digestRecord({ key: 'k', value: Buffer.from('stored') });
  return readPosition({ client: { cluster, reader } as never, clock: { now: () => 6_000 } }, place, wanted);
}

const answers = (errorCode: number) => new KafkaAnswerError('fail', errorCode, 'refused');
const outOfRange = answers(errorCodes.OFFSET_OUT_OF_RANGE);

test.each<[string, Log, string]>([
  ['its key and bytes', { value: 'stored' }, 'same: '],
  ['other bytes', { value: 'other' }, 'different: the record at this offset has another key or value'],
  [
    'another key',
    { key: 'j', value: 'stored' },
    'different: the record at this offset has another key or value',
  ],
  ['no key', { key: null, value: 'stored' }, 'different: the record at this offset has another key or value'],
  ['no bytes', { value: null }, 'different: the record at this offset has another key or value'],
  [
    'a batch that cannot be read',
    { unreadable: new Error('its checksum is wrong') },
    'different: the batch of the record is unreadable: its checksum is wrong',
  ],
  [
    'bytes that are no batch',
    { failure: new Error('cut short') },
    'different: the batch of the record is unreadable: cut short',
  ],
  [
    'later records alone, of a compacted topic',
    { settings: { 'cleanup.policy': 'compact,delete' } },
    'removed: by compaction',
  ],
  [
    'later records alone, of another topic',
    { settings: { 'cleanup.policy': 'delete' } },
    'missing: the log has higher offsets, but not the offset of this record',
  ],
  [
    'nothing: it ends before',
    { nextOffset: 40, end: 40 },
    'missing: the log ends at offset 40: it was truncated, or the topic was recreated',
  ],
  [
    'no partition',
    { failure: answers(errorCodes.UNKNOWN_TOPIC_OR_PARTITION) },
    'missing: the cluster has no partition 3 of events',
  ],
  [
    'an end before it, of which the broker says out of range',
    { failure: outOfRange, first: 40, end: 12 },
    'missing: the log ends at offset 12: it was truncated, or the topic was recreated',
  ],
  [
    'a beginning behind it, after the retention time',
    { failure: outOfRange, first: 41, settings: { 'retention.ms': '1000' } },
    'removed: by retention: the log now begins at offset 41',
  ],
  [
    'a beginning behind it, before that time is over',
    { failure: outOfRange, first: 41, settings: { 'retention.ms': '1001' } },
    'missing: the log now begins at offset 41, although the retention time has not passed: a client has deleted records',
  ],
  [
    'a beginning behind it, where records stay for ever',
    { failure: outOfRange, first: 41, settings: { 'retention.ms': '-1', 'retention.bytes': '-1' } },
    'missing: the log now begins at offset 41, although the retention time has not passed: a client has deleted records',
  ],
  [
    'a beginning behind it, where a partition may not grow',
    { failure: outOfRange, first: 41, settings: { 'retention.ms': '-1', 'retention.bytes': '0' } },
    'removed: by retention: the log now begins at offset 41',
  ],
  [
    'a beginning behind it, and settings that may not be read',
    { failure: outOfRange, first: 41 },
    'missing: the log now begins at offset 41. Without DescribeConfigs on the topic, it is unknown whether retention removed the record',
  ],
])('of a log that has %s', async (_what, log, said) => {
  const { outcome, detail } = await readBackFrom(log);
  expect(`${outcome}: ${detail}`).toBe(said);
});

test.each<[string, Log, string]>([
  [
    'an open transaction before it',
    { nextOffset: 40, end: 41 },
    'events/3/40 cannot be read yet: an open transaction precedes it',
  ],
  ['a cluster that refuses', { failure: answers(errorCodes.TOPIC_AUTHORIZATION_FAILED) }, 'refused'],
])('nothing is said of %s: it is asked again', async (_what, log, message) => {
  await expect(readBackFrom(log)).rejects.toThrow(message);
});
