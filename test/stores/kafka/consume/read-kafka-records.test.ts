import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { partitionFor } from '../../../../src/stores/append/partition-for.ts';
import { compressors } from '../../../../src/stores/kafka/wire/compression.ts';
import { inVirtualTime } from '../../../support/in-virtual-time.ts';
import { emptyFetchAnswer } from '../../../support/kafka/empty-fetch-answer.ts';
import { startRecordsToRead } from '../../../support/kafka/records-to-read.ts';
import { countConnections } from '../../../support/open-connections.ts';

const [fetch, listOffsets, metadata] = [1, 2, 3];
const producer = { producerId: 7n, producerEpoch: 0, firstSequence: 0 };

/** Makes each partition look empty until the given time, in milliseconds since the start. */
async function setUpSlow(untilMs: readonly number[]) {
  const given = await startRecordsToRead();
  const startedAt = performance.now();
  const asked: number[] = [];
  given.add(0, 'a', 'b');
  given.add(1, 'c');
  given.failRequests((apiKey) => {
    asked.push(apiKey);
    const isTaken = (of: { readonly partition: number }) =>
      performance.now() - startedAt < (untilMs[of.partition] ?? 0);
    return apiKey === fetch ? { spoil: (frame) => emptyFetchAnswer(frame, isTaken) } : {};
  });
  return { ...given, asked };
}

test('all is read that is there, and nothing after the signal', () =>
  inVirtualTime(async () => {
    const { add, notices, read, stop } = await startRecordsToRead();
    expect(await read()).toEqual([]);
    add(0, 'a', 'b');
    add(1, 'c');
    expect(await read()).toEqual(['events/0/0,events/0/1', 'events/1/0']);
    stop.abort();
    expect(await read()).toEqual([]);
    expect(notices).toEqual([]);
  }));

test.each([true, false])('partitions take turns, if it follows or not: %s', async (follow) => {
  const { addBatch, observer, read, stop } = await startRecordsToRead();
  for (const partition of [0, 0, 1, 1]) {
    addBatch(partition, Buffer.alloc(8 * 1024 * 1024), { compressor: compressors.gzip });
  }
  let left = 4;
  const onProgress = (amount: number) => {
    left -= amount;
    if (left === 0) {
      stop.abort();
    }
  };
  expect(await read({ follow, observer: { ...observer, onProgress } })).toEqual([
    'events/0/0',
    'events/1/0',
    'events/0/1',
    'events/1/1',
  ]);
});

test('brokers that give nothing are requested a minute since they gave something', () =>
  inVirtualTime(async () => {
    const { asked, read } = await setUpSlow([40_000, 80_000]);
    expect(await read()).toEqual(['events/0/0,events/0/1', 'events/1/0']);
    expect(asked.filter((apiKey) => apiKey === fetch).length).toBeLessThan(300);
    expect(asked.filter((apiKey) => apiKey === metadata)).toHaveLength(1);
  }));

test('somebody who needs longer than a minute for records gets the next ones, if brokers need a moment too', () =>
  inVirtualTime(async () => {
    const { add, failRequests, read } = await startRecordsToRead();
    add(0, 'x'.repeat(1_100_000));
    add(0, 'y'.repeat(1_100_000));
    let goesOnAt = Number.NEGATIVE_INFINITY;
    failRequests((apiKey) =>
      apiKey === fetch && performance.now() - goesOnAt < 2_000 ? { error: 'OFFSET_NOT_AVAILABLE' } : {},
    );
    const use = async () => {
      await delay(70_000);
      goesOnAt = performance.now();
    };
    expect(await read({}, use)).toEqual(['events/0/0', 'events/0/1']);
  }));

describe('of a key, where it may have records from before there were more partitions', () => {
  const own = partitionFor('k', 2);
  const former = 1 - own;
  const key = { keys: new Set(['k']), formerParts: true };
  const spreadNotice = /^Reading all partitions of events, .*: the number of partitions has changed/;
  const unseenNotice =
    /^Reading all partitions of events, .*: sampling the keys of the other partitions took too long/;

  /** Creates a former partition with these keys, which looks empty for this number of milliseconds. */
  async function setUpFormer(keys: readonly (string | undefined)[], emptyForMs = 0) {
    const given = await startRecordsToRead();
    given.append('events', own, [{ key: 'k', value: 'now' }]);
    for (const each of keys) {
      // The record is so large that it takes longer than the first sample.
      given.append('events', former, [{ ...(each && { key: each }), value: 'x'.repeat(70_000) }]);
    }
    const startedAt = performance.now();
    given.failRequests((apiKey) =>
      apiKey === fetch
        ? {
            spoil: (frame) =>
              emptyFetchAnswer(
                frame,
                ({ partition }) => partition === former && performance.now() - startedAt < emptyForMs,
              ),
          }
        : {},
    );
    return given;
  }
  const other = ['a', 'b', 'c', 'd', 'e'].find((each) => partitionFor(each, 2) === former) ?? '';

  test('one that gives nothing at first is read, whatever it has', () =>
    inVirtualTime(async () => {
      const { notices, read } = await setUpFormer(['k'], 5_000);
      expect((await read(key)).join().split(',').toSorted()).toEqual(['events/0/0', 'events/1/0']);
      expect(notices).toEqual([expect.stringMatching(unseenNotice)]);
    }));

  test('records without a key tell nothing: the next ones are looked at', () =>
    inVirtualTime(async () => {
      const { notices, read } = await setUpFormer([undefined, undefined, 'k']);
      expect((await read(key)).join().split(',').toSorted()).toEqual(
        [`events/${own}/0`, `events/${former}/2`].toSorted(),
      );
      expect(notices).toEqual([expect.stringMatching(spreadNotice)]);
    }));

  test('one that retention cuts off while it is looked at is read', () =>
    inVirtualTime(async () => {
      const { cluster, failRequests, notices, read } = await setUpFormer(['k', 'k']);
      failRequests((apiKey) => {
        cluster.logOf('events', former)?.deleteBefore(apiKey === fetch ? 1 : 0);
        return {};
      });
      expect((await read(key)).join().split(',').toSorted()).toEqual(
        [`events/${own}/0`, `events/${former}/1`].toSorted(),
      );
      expect(notices).toEqual([expect.stringMatching(unseenNotice)]);
    }));

  test.each([[[]], [[undefined]], [[undefined, other]]])('with keys %j nothing of it is there', (keys) =>
    inVirtualTime(async () => {
      const { notices, read } = await setUpFormer(keys);
      expect([await read(key), notices]).toEqual([[`events/${own}/0`], []]);
    }),
  );
});

test('a reading that does not follow ends when nothing has come for a minute, and says what is left', () =>
  inVirtualTime(async () => {
    const { addBatch, notices, read } = await setUpSlow([Infinity, 0]);
    addBatch(0, Buffer.from('hidden'), { producer });
    await expect(read()).rejects.toThrow(
      /^Cannot read events\/0 from offset 0 to 2: the store has returned nothing for 60 s\. .* Then run the command again$/,
    );
    expect(notices).toEqual([expect.stringMatching(/^Some records are not read\. events\/0: a transaction/)]);
  }));

test('the signal ends a reading for which nothing comes', () =>
  inVirtualTime(async () => {
    const { read, stop } = await setUpSlow([Infinity, Infinity]);
    setTimeout(() => stop.abort(), 10_000);
    const startedAt = performance.now();
    expect(await read()).toEqual([]);
    expect(performance.now() - startedAt).toBeCloseTo(10_000, -2);
  }));

test('a partition that lacks a leader is waited for, and named after a minute', () =>
  inVirtualTime(async () => {
    const { add, failRequests, read } = await startRecordsToRead();
    const startedAt = performance.now();
    let lacksForMs = 30_000;
    add(0, 'a');
    failRequests((apiKey) =>
      apiKey === fetch && performance.now() - startedAt < lacksForMs
        ? { error: 'NOT_LEADER_OR_FOLLOWER' }
        : {},
    );
    expect(await read()).toEqual(['events/0/0']);
    lacksForMs = Infinity;
    await expect(read()).rejects.toThrow(/cannot read events-0: NOT_LEADER_OR_FOLLOWER/);
    expect(performance.now() - startedAt).toBeGreaterThan(90_000);
  }));

test('a topic that is missing is an error where it may not be', () =>
  inVirtualTime(async () => {
    const { read, cluster } = await startRecordsToRead();
    await expect(read({ mayBeMissing: false })).rejects.toThrow(
      /^Kafka \([^)]*\) has no topic more: check KAFKA_TOPIC, TOPIC_RULES or WEBHOOKS_FILE, or create/,
    );
    cluster.addTopic({ name: 'mroe', partitionCount: 1 });
    await expect(read({ mayBeMissing: false })).rejects.toThrow(
      / has no topic more: did you mean mroe\? If not, /,
    );
  }));

test.each([listOffsets, fetch])(
  'a right that is missing for request %i is named, and no connection stays',
  async (refused) => {
    const { add, connection, failRequests, read } = await startRecordsToRead();
    add(0, 'a');
    failRequests((apiKey) => (apiKey === refused ? { error: 'TOPIC_AUTHORIZATION_FAILED' } : {}));
    await expect(read()).rejects.toThrow(
      /^cannot read the topic events, more: .* this client lacks the permission Read on/,
    );
    const port = Number(connection.brokers[0]?.split(':')[1]);
    await expect.poll(() => countConnections(process.pid, [port]).get(port)).toBe(0);
  },
);
