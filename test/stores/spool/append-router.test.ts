import { expect, test } from 'vitest';
import { type Rejection, SinkError, type SinkRecord } from '../../../src/ports/sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { AppendRouter } from '../../../src/stores/spool/append-router.ts';
import { Backlog } from '../../../src/stores/spool/backlog.ts';
import { type Share, shareOf } from '../../../src/stores/spool/share.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { createEventRecord, toIds } from '../../support/test-spool.ts';

function createRouter() {
  const store = createMemorySink();
  const spooled: SinkRecord[] = [];
  const causes: string[] = [];
  const backlog = new Backlog();
  const spool = {
    isOpen: true,
    backlog,
    leaveBehind: (share: Share) => backlog.add(share, { segment: '', offset: 0 }),
    failure: undefined as SinkError | undefined,
    async append(records: readonly SinkRecord[]) {
      if (spool.failure !== undefined) {
        throw spool.failure;
      }
      spooled.push(...records);
    },
  };
  const router = new AppendRouter({
    store,
    spool,
    clock: systemClock,
    onSpooling: (cause) => causes.push(cause),
  });
  const append = (revision: number, timeLeftMs = 8_000, ...others: readonly SinkRecord[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Rejection[]>();
    promise.catch(() => {});
    router.route({
      records: [createEventRecord('a', revision), ...others],
      deadline: deadlineIn(timeLeftMs),
      deadLetters: undefined,
      resolve,
      reject,
    });
    return promise;
  };
  /** As after a start with records in the spool. */
  const fill = () => backlog.add(undefined, { segment: '', offset: 0 });
  const isDirect = () => backlog.isEmpty;
  return { store, spool, spooled, router, append, causes, fill, isDirect, backlog };
}

test('sends to the store while it takes records, and leaves the spool alone', async () => {
  const { store, spooled, append, isDirect } = createRouter();
  store.reject = ({ headers }) => (headers.ce_id === 'a-2' ? 'too_large' : undefined);
  expect(await append(1)).toEqual([]);
  expect(await append(2)).toEqual([{ index: 0, reason: 'too_large' }]);
  expect(toIds(store.records)).toEqual(['a-1']);
  expect(spooled).toEqual([]);
  expect(isDirect()).toBe(true);
});

test('refuses an append alone that the store does not route, and goes on with all others', async () => {
  const { store, spooled, append, causes, isDirect } = createRouter();
  const unroutable = new SinkError('sink_unroutable', 'no queue takes it');
  store.failure = unroutable;
  await expect(append(1)).rejects.toBe(unroutable);
  store.failure = undefined;
  expect(await append(2)).toEqual([]);
  expect([isDirect(), toIds(store.records), spooled, causes]).toEqual([true, ['a-2'], [], []]);
});

test('leaves appends to the store while the spool is not open, whatever becomes of them', async () => {
  const { store, spool, spooled, append, isDirect } = createRouter();
  spool.isOpen = false;
  expect(await append(1)).toEqual([]);
  const away = new SinkError('sink_unavailable', 'away');
  store.failure = away;
  await expect(append(2)).rejects.toBe(away);
  store.up = false;
  await expect(append(3)).rejects.toBe(away);
  expect([isDirect(), toIds(store.records), spooled]).toEqual([true, ['a-1'], []]);
  spool.isOpen = true;
  await append(4);
  expect(toIds(spooled)).toEqual(['a-4']);
});

test('keeps a quarter of the time for the spool, at most two seconds', async () => {
  const { store, append } = createRouter();
  const given: number[] = [];
  store.append = async (_records, deadline) => {
    given.push(deadline - systemClock.now());
    return [];
  };
  await append(1, 8_000);
  await append(2, 1_000);
  await append(3, -50);
  expect(given.map((ms) => Math.round(ms / 100))).toEqual(
    [60, 8, -1].map((each) => expect.closeTo(each, -0.5)),
  );
});

test('spools all that is undecided, in order, when the store does not take one append', async () => {
  const { store, spooled, append, causes, isDirect } = createRouter();
  const gate = Promise.withResolvers<void>();
  store.gate = gate.promise;
  const appends = [append(1), append(2), append(3)];
  store.failure = new SinkError('sink_timeout', 'no answer in time');
  gate.resolve();
  expect(await Promise.all(appends)).toEqual([[], [], []]);
  expect(toIds(spooled)).toEqual(['a-1', 'a-2', 'a-3']);
  expect(causes).toEqual(['no answer in time']);
  expect(isDirect()).toBe(false);
});

test('abandons in the store what goes to the spool, so that nothing of it overtakes', async () => {
  const { store, spooled, append, router, fill } = createRouter();
  const gate = Promise.withResolvers<void>();
  store.gate = gate.promise;
  const first = append(1);
  fill();
  router.beginSpooling('a test said so');
  gate.resolve();
  await first;
  await append(2);
  expect(toIds(spooled)).toEqual(['a-1', 'a-2']);
  expect(store.records).toEqual([]);
});

test('goes to the spool at once when the store is known to be away', async () => {
  const { store, spooled, append, causes } = createRouter();
  store.up = false;
  store.append = () => Promise.reject(new Error('nobody may ask it'));
  await append(1);
  expect(toIds(spooled)).toEqual(['a-1']);
  expect(causes).toEqual(['a test switched it off']);
});

test('refuses what the spool does not take', async () => {
  const { store, spool, append } = createRouter();
  store.up = false;
  spool.failure = new SinkError('sink_full', 'the spool is full');
  await expect(append(1)).rejects.toBe(spool.failure);
});

test('does not spool what makes the program fail', async () => {
  const { store, spooled, append, isDirect } = createRouter();
  const defect = new TypeError('a defect');
  store.append = () => Promise.reject(defect);
  await expect(append(1)).rejects.toBe(defect);
  expect(spooled).toEqual([]);
  expect(isDirect()).toBe(true);
});

test('holds appends during a handover, and sends them to the store in order when it is complete', async () => {
  const { store, spooled, append, router, fill } = createRouter();
  const waiting = fill();
  router.beginHandover(waiting);
  const held = [append(1), append(2)];
  expect(router.completeHandover(waiting)).toBe(true);
  const third = append(3);
  await Promise.all([...held, third]);
  expect(toIds(store.records)).toEqual(['a-1', 'a-2', 'a-3']);
  expect(spooled).toEqual([]);
});

test('sends what is held to the spool, in order, when the handover is cancelled', async () => {
  const { store, spooled, append, router, fill } = createRouter();
  const waiting = fill();
  router.beginHandover(waiting);
  const held = [append(1), append(2)];
  router.cancelHandover(waiting);
  await Promise.all([...held, append(3)]);
  expect(toIds(spooled)).toEqual(['a-1', 'a-2', 'a-3']);
  expect(router.completeHandover(waiting)).toBe(false);
  expect(store.records).toEqual([]);
});

test.each([3_000, 1_500, -50])('lets no append wait for more than half of its time (%i ms)', (timeLeftMs) =>
  inVirtualTime(async () => {
    const { spooled, append, router, fill } = createRouter();
    const waiting = fill();
    router.beginHandover(waiting);
    const startedAt = Date.now();
    await Promise.all([append(1), append(2, timeLeftMs)]);
    expect(Date.now() - startedAt).toBeLessThan(Math.max(timeLeftMs, 1_000));
    expect(toIds(spooled)).toEqual(['a-1', 'a-2']);
  }),
);

test('cancels a handover that takes too long', () =>
  inVirtualTime(async () => {
    const { spooled, append, router, fill } = createRouter();
    const waiting = fill();
    router.beginHandover(waiting);
    const startedAt = Date.now();
    await append(1);
    expect(Date.now() - startedAt).toBeLessThan(1_100);
    expect(toIds(spooled)).toEqual(['a-1']);
  }));

test('sends what is held to the spool when the store went away at the end of the handover', async () => {
  const { store, spooled, append, router, fill, isDirect } = createRouter();
  const waiting = fill();
  router.beginHandover(waiting);
  const held = [append(1), append(2)];
  store.up = false;
  router.completeHandover(waiting);
  await Promise.all(held);
  expect(toIds(spooled)).toEqual(['a-1', 'a-2']);
  expect(isDirect()).toBe(false);
});

test('is settled when no append is on its way to the store', async () => {
  const { store, append, router } = createRouter();
  await router.settled();
  const gate = Promise.withResolvers<void>();
  store.gate = gate.promise;
  void append(1);
  const settled = router.settled();
  const soon = new Promise((resolve) => setImmediate(resolve, 'not settled'));
  expect(await Promise.race([settled, soon])).toBe('not settled');
  gate.resolve();
  await settled;
  expect(toIds(store.records)).toEqual(['a-1']);
});

/** Keys of two partitions of `partitions`. */
const [a, b] = ['a', 'b'] as const;
const partitions = 12;

test('of a batch, what the store takes goes to the store, and the rest to the spool', async () => {
  const { store, spooled, append, backlog } = createRouter();
  store.partitions = partitions;
  store.refuse = ({ key }) => (key === a ? new SinkError('sink_timeout', 'no answer in time') : undefined);
  await append(1, 8_000, createEventRecord(b, 1), createEventRecord(a, 2), createEventRecord(b, 2));
  expect([toIds(store.records), toIds(spooled)]).toEqual([
    ['b-1', 'b-2'],
    ['a-1', 'a-2'],
  ]);
  expect([...backlog].map(({ name }) => name)).toEqual([`events ${partitionFor(a, partitions)}/12`]);
});

test('while records of one partition wait, those of others go to the store, and its own behind them', async () => {
  const { store, spool, spooled, append } = createRouter();
  store.partitions = partitions;
  spool.leaveBehind(shareOf(createEventRecord(a, 1), partitions));
  await append(1, 8_000, createEventRecord(b, 1));
  expect([toIds(store.records), toIds(spooled)]).toEqual([['b-1'], ['a-1']]);
});

test('a full spool refuses only what has to wait', async () => {
  const { store, spool, append } = createRouter();
  store.partitions = partitions;
  spool.leaveBehind(shareOf(createEventRecord(a, 1), partitions));
  spool.failure = new SinkError('sink_full', 'the spool is full');
  await expect(append(1)).rejects.toBe(spool.failure);
  await expect(append(2, 8_000, createEventRecord(b, 1))).rejects.toBe(spool.failure);
  expect(toIds(store.records)).toEqual(['b-1']);
});

test('gives the rejections of a batch by their index in it', async () => {
  const { store, append } = createRouter();
  store.partitions = partitions;
  store.reject = ({ headers }) => (headers.ce_id === 'b-2' ? 'too_large' : undefined);
  expect(await append(1, 8_000, createEventRecord(b, 1), createEventRecord(b, 2))).toEqual([
    { index: 2, reason: 'too_large' },
  ]);
});
