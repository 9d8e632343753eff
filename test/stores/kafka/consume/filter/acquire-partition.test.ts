import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LogReset } from '../../../../../src/filter/decide-start.ts';
import {
  FencedError,
  LogChangedError,
  type PartitionLease,
  type PartitionOutput,
  TransactionTimeoutError,
} from '../../../../../src/filter/filter-store.ts';
import { createLogger } from '../../../../../src/runtime/logger.ts';
import { ConnectionError } from '../../../../../src/stores/kafka/cluster/errors/connection-error.ts';
import { KafkaAnswerError } from '../../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { createKafkaFilterStore } from '../../../../../src/stores/kafka/consume/filter/kafka-filter.ts';
import { compressors } from '../../../../../src/stores/kafka/wire/compression.ts';
import type { RequestFault } from '../../../../simulation/kafka/broker-session.ts';
import { filterRules } from '../../../../support/filter/filter-rules.ts';
import { inVirtualTime } from '../../../../support/in-virtual-time.ts';
import { startModelBroker } from '../../../../support/kafka/start-model-broker.ts';
import { countConnections } from '../../../../support/open-connections.ts';

const [metadata, initProducerId, addPartitions, addOffsets, endTxn, commitOffset] = [3, 22, 24, 25, 26, 28];
const transactionTimeoutMs = 5_000;
/**
 * The partition under test. The events and latest-state topics have three partitions each. The dead-letter topic has
 * only one.
 */
const partition = 1;

/** A log with ten records, one for each second. */
async function setUp() {
  const { cluster, connection, append, failRequests, groupOffset } = await startModelBroker();
  const addLatest = () =>
    cluster.addTopic({ name: 'latest', partitionCount: 3, settings: { 'max.message.bytes': '5000' } });
  cluster.addTopic({ name: 'events', partitionCount: 3 });
  cluster.addTopic({ name: 'dead', partitionCount: 1 });
  addLatest();
  for (let second = 0; second < 10; second += 1) {
    append('events', partition, [{ key: 'k', value: `${second}`, timestampMs: second * 1_000 }]);
  }
  /** Transaction requests that the broker has received. */
  const asked: number[] = [];
  const fail = (how: (apiKey: number) => RequestFault) =>
    failRequests((apiKey) => {
      // A request that arrives before the previous transaction has ended is repeated.
      if (apiKey >= initProducerId && apiKey <= commitOffset && asked.at(-1) !== apiKey) {
        asked.push(apiKey);
      }
      return how(apiKey);
    });
  fail(() => ({}));
  const told: unknown[] = [];
  const throttles: unknown[] = [];
  const open = () =>
    createKafkaFilterStore({
      ...{ connection, compressor: undefined, rules: filterRules },
      settings: { sessionTimeoutMs: 6_000, transactionTimeoutMs },
      onThrottle: (...args) => void throttles.push(args),
      problems: { observe: (place, error) => void (error && told.push([place, (error as Error).message])) },
      logger: createLogger('silent'),
    });
  const resets: LogReset[] = [];
  const acquire = (store = open(), signal = new AbortController().signal) =>
    store.acquire(partition, signal, (reset) => resets.push(reset));
  return {
    ...{ cluster, connection, append, fail, groupOffset, addLatest, asked, told, throttles, open },
    ...{ acquire, resets },
    async states() {
      // The markers of transactions are written after the response.
      await delay(100);
      return cluster
        .logOf('latest', partition)
        ?.records(0)
        .map(({ value }) => String(value));
    },
  };
}

function toOutput(value: string, nextOffset: number): PartitionOutput {
  const record = { timestampMs: 5_000, key: Buffer.from('k'), value: Buffer.from(value), headers: {} };
  return { latest: [record], deadLetters: [record], nextOffset, toDeadLetter: () => record };
}

async function statesOf(hold: PartitionLease): Promise<string[]> {
  const values: string[] = [];
  for await (const { records } of hold.readLatest(0)) {
    values.push(...records.map(({ value }) => String(value)));
  }
  return values;
}

test('a hold starts where the last commit ended, and whoever held the partition before writes nothing any more', () =>
  inVirtualTime(async () => {
    const { acquire, asked, cluster, groupOffset, resets, states } = await setUp();
    const first = await acquire();
    expect(asked).toEqual([initProducerId]);
    expect(first).toMatchObject({ startOffset: 0, maxBodyBytes: 5_000 - 128 });
    expect(await first.findNextTime()).toBe(0);
    expect(await first.commit(toOutput('one', 3))).toEqual([]);
    const second = await acquire();
    expect(second.startOffset).toBe(3);
    expect(await second.findNextTime()).toBe(3_000);
    expect((await second.readInput(3, 0)).records.map(({ offset }) => offset)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    await expect(first.commit(toOutput('of the zombie', 4))).rejects.toThrow(FencedError);
    await second.commit(toOutput('two', 7));
    expect(await statesOf(second)).toEqual(['one', 'two']);
    expect(await states()).toEqual(['one', 'two']);
    expect(cluster.logOf('dead', 0)?.records(0)).toHaveLength(2);
    const { topicId } = JSON.parse(groupOffset('g', 'events-1')?.metadata ?? '').events;
    expect([topicId.replaceAll('-', ''), resets]).toEqual([cluster.topics.get('events')?.id, []]);
  }));

test.each([
  ['is over time', {}, TransactionTimeoutError],
  ['is refused after its time', { error: 'GROUP_AUTHORIZATION_FAILED' }, KafkaAnswerError],
])(
  'a transaction that %s is not taken for the work of another process, and the next hold goes on',
  (_what, answer, expected) =>
    inVirtualTime(async () => {
      const { acquire, fail, states } = await setUp();
      const slow = await acquire();
      const startedAt = performance.now();
      fail((apiKey) => {
        const isLate = performance.now() - startedAt > transactionTimeoutMs + 1_000;
        return apiKey === commitOffset ? (isLate ? answer : { error: 'COORDINATOR_LOAD_IN_PROGRESS' }) : {};
      });
      await expect(slow.commit(toOutput('late', 2))).rejects.toThrow(expected);
      slow.release();
      fail(() => ({}));
      const next = await acquire();
      await next.commit(toOutput('one', 2));
      expect([next.startOffset, await states()]).toEqual([0, ['one']]);
    }),
);

test('who is fenced while a hold is opened hears that, and of any other failure itself', () =>
  inVirtualTime(async () => {
    const { acquire, fail } = await setUp();
    const refuse = (error: string) => fail((apiKey) => (apiKey === initProducerId ? { error } : {}));
    refuse('INVALID_PRODUCER_EPOCH');
    await expect(acquire()).rejects.toThrow(FencedError);
    refuse('TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
    await expect(acquire()).rejects.toThrow(KafkaAnswerError);
  }));

test('an offset that somebody else has set counts, which is committed and told once, also when nobody hears the answer', () =>
  inVirtualTime(async () => {
    const { acquire, asked, cluster, fail, resets } = await setUp();
    cluster.coordination.offsets('g').set('events-1', 7);
    fail((apiKey) => ({ isCut: apiKey === endTxn }));
    await expect(acquire()).rejects.toThrow(ConnectionError);
    expect(asked).toEqual([initProducerId, addOffsets, commitOffset, endTxn]);
    fail(() => ({}));
    expect((await acquire()).startOffset).toBe(7);
    expect(resets).toEqual([{ reason: 'offset_set', committedOffset: 7, startOffset: 7 }]);
  }));

test('a log that has lost states is first closed by a transaction that is aborted', () =>
  inVirtualTime(async () => {
    const { acquire, asked, cluster, resets } = await setUp();
    const first = await acquire();
    await first.commit(toOutput('one', 3));
    await first.commit(toOutput('two', 4));
    cluster.partition('latest', partition)?.cutBack(2);
    asked.length = 0;
    const next = await acquire();
    expect(asked).toEqual([initProducerId, addPartitions, endTxn, addOffsets, commitOffset, endTxn]);
    expect([next.startOffset, resets.map(({ reason }) => reason)]).toEqual([0, ['latest_truncated']]);
    expect(await statesOf(next)).toEqual(['one']);
  }));

test('topics that are recreated meanwhile are noticed', () =>
  inVirtualTime(async () => {
    const { acquire, addLatest, append, cluster, open, resets } = await setUp();
    const store = open();
    const hold = await acquire(store);
    cluster.deleteTopic('latest', 'g');
    addLatest();
    expect((await store.describeTopics()).latest).toMatchObject({ partitionCount: 3 });
    await expect(hold.readInput(0, 0)).rejects.toThrow(new LogChangedError('latest was recreated'));
    cluster.deleteTopic('events', 'g');
    cluster.addTopic({ name: 'events', partitionCount: 3 });
    append('events', partition, [{ value: 'new' }]);
    await store.describeTopics();
    await acquire(store);
    expect(resets).toEqual([{ reason: 'topic_recreated', startOffset: 0 }]);
  }));

test('a signal ends what opens a hold, and no hold: what is in flight is completed until the release', () =>
  inVirtualTime(async () => {
    const { acquire, fail, open, states } = await setUp();
    const stopped = new AbortController();
    const hold = await acquire(undefined, stopped.signal);
    fail((apiKey) => ({ isSilent: apiKey === initProducerId }));
    const another = open().acquire(2, stopped.signal, () => {});
    const startedAt = performance.now();
    setTimeout(() => stopped.abort(), 1_000);
    await expect(another).rejects.toThrow();
    expect(performance.now() - startedAt).toBeCloseTo(1_000, -2);
    await hold.commit(toOutput('one', 1));
    expect(await states()).toEqual(['one']);
    const reading = hold.readInput(10, 60_000);
    hold.release();
    await expect(reading).rejects.toThrow();
  }));

test('what is read takes 64 MiB at most until it is committed, a MiB in each transaction', () =>
  inVirtualTime(async () => {
    const { acquire, append } = await setUp();
    for (let count = 0; count < 80; count += 1) {
      append('events', partition, [{ value: Buffer.alloc(1024 * 1024) }], { compressor: compressors.gzip });
    }
    const hold = await acquire();
    let at = 10;
    let waiting: Promise<unknown> | undefined;
    let read = 0;
    while (waiting === undefined && read < 80) {
      const reading = hold.readInput(at, 0);
      const part = await Promise.race([reading, delay(100)]);
      if (part === undefined) {
        waiting = reading;
      } else {
        at = part.nextOffset;
        read += part.records.length;
        expect(part.records).toHaveLength(1);
      }
    }
    expect(read).toBeGreaterThan(60);
    expect(read).toBeLessThan(70);
    await hold.commit(toOutput('one', at));
    expect(await waiting).toMatchObject({ nextOffset: at + 1 });
  }));

test('a quota that is used up is told of its broker, and an answer that is long in coming of its place', () =>
  inVirtualTime(async () => {
    const { fail, open, throttles, told } = await setUp();
    const store = open();
    const startedAt = performance.now();
    fail((apiKey) =>
      apiKey === metadata && performance.now() - startedAt < 3_000 ? { error: 'LEADER_NOT_AVAILABLE' } : {},
    );
    await store.describeTopics();
    expect(told[0]).toEqual(['topics', expect.stringContaining('LEADER_NOT_AVAILABLE')]);
    fail(() => ({ throttleMs: 500 }));
    expect(await store.readEnds([partition])).toEqual(new Map([[partition, 10]]));
    expect(throttles).toEqual([[1, 0.5]]);
  }));

test('a store that is closed leaves no connection, and asks nobody any more', async () => {
  const { acquire, connection, fail, open } = await setUp();
  const store = open();
  const port = Number(connection.brokers[0]?.split(':')[1]);
  const count = () => countConnections(process.pid, [port]).get(port);
  const hold = await acquire(store);
  await hold.readInput(0, 0);
  await store.readEnds([partition]);
  expect(count()).toBeGreaterThan(2);
  fail((apiKey) => (apiKey === metadata ? { error: 'LEADER_NOT_AVAILABLE' } : {}));
  const described = store.describeTopics();
  hold.release();
  store.close();
  await expect(described).rejects.toThrow();
  await expect.poll(count).toBe(0);
});
