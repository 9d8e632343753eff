import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createFilter } from '../../src/filter/create-filter.ts';
import { FilterProblems } from '../../src/filter/filter-problems.ts';
import type {
  AssignedPartitions,
  FilterStore,
  FilterTopics,
  LeaseAcquirer,
} from '../../src/filter/filter-store.ts';
import { describeError } from '../../src/runtime/errors.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { filterRules } from '../support/filter/filter-rules.ts';
import { createMemoryPartition, type MemoryPartition } from '../support/filter/memory-partition.ts';
import { silentObserver } from '../support/filter/silent-observer.ts';
import { inVirtualTime } from '../support/in-virtual-time.ts';
import { waitUntil } from '../support/wait-until.ts';

const topics: FilterTopics = {
  events: { topic: 'events', partitionCount: 2 },
  latest: { topic: 'latest', partitionCount: 2 },
  deadLetter: { topic: 'dead', partitionCount: 1 },
  findings: [],
};

const until = (isSo: () => boolean | undefined) =>
  waitUntil(isSo, { timeoutMs: 1_000, pollMs: 1, what: 'what the filter does' });

/** Wraps a partition so that each read takes some time. */
function slowed(partition: MemoryPartition): LeaseAcquirer {
  return async (...args) => {
    const lease = await partition.acquire(...args);
    return {
      ...lease,
      async readInput(...read) {
        await delay(5);
        return lease.readInput(...read);
      },
    };
  };
}

/** Creates a filter whose group assignment the test controls. */
function setUp(overrides: Partial<FilterStore> = {}) {
  const done: string[] = [];
  const partition = createMemoryPartition({ readSize: () => 10 });
  const { logger, lines } = captureLog();
  const clock = createFakeClock();
  const problems = new FilterProblems({ logger, clock, describe: describeError });
  let assigned: AssignedPartitions | undefined;
  const store: FilterStore = {
    describeTopics: async () => topics,
    acquire: slowed(partition),
    readEnds: async () => new Map([[0, 5]]),
    group: {
      join(partitions) {
        done.push('joins');
        assigned = partitions;
      },
      isMember: () => assigned !== undefined,
      whenConfirmed: async () => void done.push('asks the group'),
      leave: async () => void done.push('leaves'),
    },
    close: () => void done.push('closes the store'),
    ...overrides,
  };
  const filter = createFilter({
    ...{ store, rules: filterRules, commitIntervalMs: 0, problems, clock, logger },
    observer: {
      ...silentObserver,
      lag: (of, records) => void done.push(`lag of ${of}: ${records}`),
      position: ({ position }) => void done.push(`at ${position}`),
      ended: (of) => void done.push(`${of} ended`),
    },
  });
  const ended = filter.start();
  return {
    ...{ filter, ended, done, partition, problems, lines, clock },
    joined: async () => {
      await until(() => assigned !== undefined);
      return assigned as AssignedPartitions;
    },
    states: () => filter.partitions?.() ?? [],
    failing: () =>
      filter.checks.flatMap(({ name, check }) => (check().ok ? [] : [`${name}: ${check().detail}`])),
  };
}

const event = { key: 'm', value: '{}', timestampMs: 1, headers: { ce_type: 'message.sent', revision: '1' } };

test('what the group assigns is filtered, and given up when the filter stops, before it leaves', () =>
  inVirtualTime(async () => {
    const { filter, done, partition, joined, states, failing } = setUp();
    partition.input.push(event);
    expect(failing()).toEqual([
      'topics: Kafka has not responded yet',
      'group: the process is not a member of the consumer group g',
    ]);
    const assigned = await joined();
    expect(assigned.owned()).toEqual([]);
    assigned.assign([0]);
    expect(assigned.owned()).toEqual([0]);
    await until(() => partition.committedOffset === 1);
    expect(states()).toEqual([{ partition: 0, state: 'running' }]);
    expect(failing()).toEqual([]);
    await filter.stop();
    expect(done[0]).toBe('joins');
    expect(done).toContain('at 1');
    expect(done.slice(-4)).toEqual(['lag of 0: undefined', '0 ended', 'leaves', 'closes the store']);
    expect(states()).toEqual([]);
  }));

test('ends are looked at every two seconds, until the filter stops', () =>
  inVirtualTime(async () => {
    let asked = 0;
    const { filter, done, joined } = setUp({
      async readEnds() {
        asked += 1;
        return new Map([[0, 5]]);
      },
    });
    (await joined()).assign([0]);
    await delay(1_900);
    const looks = () => done.filter((each) => each.startsWith('lag'));
    expect(looks()).toEqual([]);
    await delay(2_000);
    expect(looks()).toEqual(['lag of 0: 5']);
    await delay(2_000);
    expect(looks().slice(1)).toEqual(['lag of 0: 5']);
    await filter.stop();
    const before = [asked, done.length];
    await delay(10_000);
    expect([asked, done.length]).toEqual(before);
  }));

test('a partition that cannot be acquired says why, until it can, after waits that double up to 5 s; a commit ends that', () =>
  inVirtualTime(async () => {
    const asked: number[] = [];
    const faultOf = (commit: number) => (commit === 2 ? 'refused' : 'none');
    const partition = createMemoryPartition({ readSize: () => 1, faultOf });
    partition.input.push(event, event);
    const { joined, failing, problems } = setUp({
      async acquire(...args) {
        if (asked.push(performance.now()) <= 7) {
          throw new Error('no leader');
        }
        return slowed(partition)(...args);
      },
    });
    (await joined()).assign([0]);
    await until(() => problems.reasonAt(0) !== undefined);
    expect(failing()).toEqual(['partitions: partition 0 is acquiring: no leader']);
    await delay(16_000);
    await until(() => partition.committedOffset === 1);
    expect(problems.reasonAt(0)).toBeUndefined();
    await until(() => failing().length > 0);
    expect(failing()).toEqual(['partitions: partition 0 is acquiring: not enough replicas']);
    await until(() => failing().length === 0);
    const waitsMs = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(waitsMs.slice(0, 7)).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(waitsMs.slice(7)).toEqual([expect.closeTo(200, -2)]);
  }));

test('a partition that is taken away has no problem any more', () =>
  inVirtualTime(async () => {
    const { joined, problems } = setUp({ acquire: async () => Promise.reject(new Error('no leader')) });
    const assigned = await joined();
    assigned.assign([0]);
    await until(() => problems.reasonAt(0) !== undefined);
    assigned.assign([]);
    await until(() => problems.reasonAt(0) === undefined);
  }));

test('topics that cannot be described are a problem of theirs, and topics that do not fit end the filter', () =>
  inVirtualTime(async () => {
    const answers = [new Error('no right'), { ...topics, refusal: 'not compacted' }];
    const { ended, failing } = setUp({
      async describeTopics() {
        const answer = answers.shift() ?? topics;
        if (answer instanceof Error) {
          throw answer;
        }
        return answer;
      },
    });
    await until(() => failing()[0]?.includes('no right'));
    await delay(2_000);
    await expect(ended).resolves.toMatchObject({ message: 'not compacted' });
  }));

test('a reading that waits for records ends with the filter, at once', () =>
  inVirtualTime(async () => {
    const partition = createMemoryPartition({ readSize: () => 10 });
    const { filter, joined, states } = setUp({
      async acquire(...args) {
        const lease = await partition.acquire(...args);
        const released = Promise.withResolvers<never>();
        const release = () => released.reject(new Error('the lease was released'));
        return { ...lease, readInput: () => released.promise, release };
      },
    });
    (await joined()).assign([0]);
    await until(() => states()[0]?.state === 'running');
    const ended = filter.stop().then(() => 'ended');
    expect(await Promise.race([ended, delay(1_000, 'still waits')])).toBe('ended');
  }));

test('a topic that gets more partitions ends the filter', () =>
  inVirtualTime(async () => {
    let partitionCount = 2;
    const { ended, joined } = setUp({
      describeTopics: async () => ({ ...topics, events: { topic: 'events', partitionCount } }),
    });
    await joined();
    partitionCount = 3;
    await expect(ended).resolves.toMatchObject({ message: 'events had 2 partitions and now has 3.' });
  }));

test('what fails because the filter stops is neither logged nor its end', () =>
  inVirtualTime(async () => {
    const described = Promise.withResolvers<FilterTopics>();
    const { filter, ended, lines, problems } = setUp({
      describeTopics: () => described.promise,
      close: () => described.reject(new Error('the store was closed')),
    });
    const end = vi.fn();
    void ended.then(end);
    await filter.stop();
    problems.observe('group', new Error('the connection was closed'));
    expect(lines).toEqual([]);
    expect(end).not.toHaveBeenCalled();
  }));
