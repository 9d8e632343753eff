import { expect, test } from 'vitest';
import { inVirtualTime } from '../../../support/in-virtual-time.ts';
import { type ReadingOptions, startRecordsToRead } from '../../../support/kafka/records-to-read.ts';

const [fetch, listOffsets, metadata] = [1, 2, 3];
const producer = { producerId: 7n, producerEpoch: 0, firstSequence: 0 };

async function setUp(brokerCount = 1) {
  const given = await startRecordsToRead(brokerCount);
  return {
    ...given,
    /** Follows the records for this number of milliseconds. */
    follow(forMs: number, options: ReadingOptions = {}) {
      setTimeout(() => given.stop.abort(), forMs);
      return given.read({ follow: true, ...options });
    },
    at: (ms: number, run: () => void) => void setTimeout(run, ms),
  };
}

test('what comes later is given until the signal', () =>
  inVirtualTime(async () => {
    const { add, at, follow, notices } = await setUp();
    add(0, 'a');
    at(3_000, () => add(1, 'b'));
    at(12_000, () => add(0, 'c'));
    at(20_000, () => add(0, 'd'));
    expect(await follow(16_000)).toEqual(['events/0/0', 'events/1/0', 'events/0/1']);
    expect(notices).toEqual([]);
  }));

test('an outage is told once, and so is its end', () =>
  inVirtualTime(async () => {
    const { add, at, failRequests, follow, notices } = await setUp();
    at(3_000, () => failRequests(() => ({ isCut: true })));
    at(4_000, () => add(0, 'a'));
    at(40_000, () => failRequests(() => ({})));
    expect(await follow(50_000)).toEqual(['events/0/0']);
    expect(notices).toEqual([
      expect.stringMatching(/^Kafka \(127\.0\.0\.1:\d+\) .*\. Retrying until the store responds\.$/),
      'Reading continues.',
    ]);
  }));

test('a leader that hangs holds up its own partition alone, and then that is read again', () =>
  inVirtualTime(async () => {
    const { add, at, cluster, failRequests, follow, notices, observer } = await setUp(2);
    const leaders = [0, 1].map((partition) => cluster.partition('events', partition)?.leader);
    expect(leaders[0]).not.toBe(leaders[1]);
    let read = 0;
    let readBeside = 0;
    at(3_000, () =>
      failRequests((apiKey, broker) => ({ isSilent: apiKey === fetch && broker === leaders[0] })),
    );
    for (const second of [4, 20, 40]) {
      at(second * 1_000, () => {
        add(0, 'a');
        add(1, 'a');
      });
    }
    at(60_000, () => {
      readBeside = read;
      failRequests(() => ({}));
    });
    const onProgress = (amount: number) => {
      read += amount;
    };
    expect(await follow(90_000, { observer: { ...observer, onProgress } })).toEqual([
      'events/1/0',
      'events/1/1',
      'events/1/2',
      'events/0/0,events/0/1,events/0/2',
    ]);
    expect(readBeside).toBe(3);
    expect(notices).toEqual([
      expect.stringMatching(/ Retrying until the store responds\.$/),
      'Reading continues.',
    ]);
  }));

test('a leader that does not say where its log begins now holds up its own partition alone', () =>
  inVirtualTime(async () => {
    const { add, at, cluster, failRequests, follow, observer } = await setUp(2);
    const leader = cluster.partition('events', 0)?.leader;
    let isFetched = false;
    let isHung = true;
    let read = 0;
    let readBeside = 0;
    add(0, 'a');
    add(0, 'b');
    failRequests((apiKey, broker) => {
      isFetched ||= apiKey === fetch;
      cluster.logOf('events', 0)?.deleteBefore(isFetched ? 1 : 0);
      return { isSilent: isFetched && isHung && apiKey === listOffsets && broker === leader };
    });
    at(2_000, () => add(1, 'c'));
    at(4_000, () => {
      readBeside = read;
    });
    at(30_000, () => {
      isHung = false;
    });
    const onProgress = (amount: number) => {
      read += amount;
    };
    expect(await follow(60_000, { observer: { ...observer, onProgress } })).toEqual([
      'events/1/0',
      'events/0/1',
    ]);
    expect(readBeside).toBe(1);
  }));

test('a right that is taken away is requested again, not in a tight loop, until the signal', () =>
  inVirtualTime(async () => {
    const { at, failRequests, follow, notices } = await setUp();
    let asked = 0;
    at(3_000, () =>
      failRequests((apiKey) => {
        asked += apiKey === fetch ? 1 : 0;
        return apiKey === fetch ? { error: 'TOPIC_AUTHORIZATION_FAILED' } : {};
      }),
    );
    const startedAt = performance.now();
    expect(await follow(30_000)).toEqual([]);
    expect(performance.now() - startedAt).toBeCloseTo(30_000, -2);
    // In the end, each of the two partitions is queried only every two seconds.
    expect(asked).toBeLessThan(40);
    expect(notices).toEqual([
      expect.stringMatching(/^cannot read the topic events, more: .* Retrying until the store responds\.$/),
    ]);
  }));

test('an error that is none of the cluster ends it', () =>
  inVirtualTime(async () => {
    const { add, follow, notices, observer } = await setUp();
    add(0, 'a');
    const error = new Error('a mistake in a program');
    const onProgress = () => {
      throw error;
    };
    await expect(follow(80_000, { observer: { ...observer, onProgress } })).rejects.toBe(error);
    expect(notices).toEqual([]);
  }));

test('what an open transaction hides is read when that has ended', () =>
  inVirtualTime(async () => {
    const { addBatch, at, follow } = await setUp();
    at(1_000, () => addBatch(1, Buffer.from('a'), { producer }));
    at(20_000, () => {
      const log = addBatch(1, Buffer.from('b'), {});
      log?.mark({ ...producer, marker: 'commit', nowMs: 2_000 });
      log?.commit();
    });
    expect(await follow(30_000)).toEqual(['events/1/0,events/1/1']);
  }));

test('every five seconds it looks for more partitions', () =>
  inVirtualTime(async () => {
    const { add, at, cluster, failRequests, follow, observer } = await setUp();
    const startedAt = performance.now();
    let fetches = 0;
    const asked: number[] = [];
    const begun: string[] = [];
    failRequests((apiKey) => {
      fetches += apiKey === fetch ? 1 : 0;
      if (apiKey === metadata) {
        asked.push(Math.floor((performance.now() - startedAt) / 1_000));
      }
      return {};
    });
    at(7_000, () => {
      const { id } = cluster.topics.get('events') ?? {};
      const grown = cluster.addTopic({ name: 'events', partitionCount: 3 });
      cluster.controller.welcome(Object.assign(grown, { id }));
      add(2, 'a');
    });
    const onStart = (part: string) => void begun.push(part);
    expect(await follow(14_000, { observer: { ...observer, onStart } })).toEqual(['events/2/0']);
    expect(begun).toEqual(['events/0 from offset 0', 'events/1 from offset 0', 'events/2']);
    expect(asked).toEqual([0, 5, 10]);
    expect(fetches).toBeLessThan(40);
  }));

test('nothing of a topic that was recreated is read where the one before was', () =>
  inVirtualTime(async () => {
    const { add, cluster, failRequests, follow, notices } = await setUp();
    add(0, 'a', 'b');
    add(1, 'c');
    let left = 2;
    failRequests((apiKey) => {
      left -= apiKey === fetch ? 1 : 0;
      if (left === 0 && apiKey === fetch) {
        cluster.deleteTopic('events', 'none');
        cluster.addTopic({ name: 'events', partitionCount: 2 });
        add(0, 'd');
        add(1, 'e', 'f');
      }
      return {};
    });
    expect(await follow(20_000)).toEqual([
      'events/0/0,events/0/1',
      'events/1/0',
      'events/0/0',
      'events/1/0,events/1/1',
    ]);
    expect(notices).toEqual(['The topic events was recreated. Reading from the start.']);
  }));
