import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SinkError, type SinkRecord } from '../../../src/ports/sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import type { AbandonableSink } from '../../../src/stores/spool/append-router.ts';
import type { SpoolOptions } from '../../../src/stores/spool/spool.ts';
import { toSpoolLines } from '../../../src/stores/spool/spool-line.ts';
import { SpoolingSink } from '../../../src/stores/spool/spooling-sink.ts';
import { createSeededRandom } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { captureLog } from '../../support/captured-log.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createFlakyStore, type StoreMood } from '../../support/flaky-store.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { createEventRecord, keepTestSpool, segmentsIn, toIds } from '../../support/test-spool.ts';

interface SinkOptions extends Partial<SpoolOptions> {
  readonly drainOnCloseMs?: number;
}

async function createSink(store: AbandonableSink, options: SinkOptions = {}) {
  const { directory = temporaryDirectory(), drainOnCloseMs = 5_000 } = options;
  const log = captureLog();
  const spool = await keepTestSpool(directory, options);
  const drained = { stored: 0, deadLettered: 0 };
  const sink = new SpoolingSink({
    store,
    spool,
    topics: new Set(['events', 'dead']),
    eventTopics: ['events'],
    drainOnCloseMs,
    onDrained({ stored, deadLettered }) {
      drained.stored += stored;
      drained.deadLettered += deadLettered;
    },
    clock: systemClock,
    logger: log.logger,
  });
  onTestFinished(() => sink.close());
  const append = (revision: number, key = 'a', timeLeftMs = 5_000) =>
    sink.append([createEventRecord(key, revision)], deadlineIn(timeLeftMs));
  return { sink, spool, directory, log, append, drained };
}

const unavailable = new SinkError('sink_unavailable', 'a test said so');

test('leaves nothing on disk while the store takes records', async () => {
  const store = createMemorySink();
  const { sink, spool, append } = await createSink(store);
  await sink.start();
  expect(await append(1)).toEqual([]);
  expect(toIds(store.records)).toEqual(['a-1']);
  expect(spool.bytes).toBe(0);
  expect(sink.health()).toEqual({ up: true, detail: '' });
});

test('keeps records while the store takes none, drains them in order, and goes to the store again', async () => {
  const store = createMemorySink();
  const { sink, spool, directory, append, drained, log } = await createSink(store);
  await sink.start();
  store.failure = unavailable;
  for (let revision = 1; revision <= 5; revision += 1) {
    expect(await append(revision)).toEqual([]);
  }
  expect([spool.records, store.records.length]).toEqual([5, 0]);
  store.failure = undefined;
  await expect.poll(() => spool.records).toBe(0);
  await expect.poll(() => spool.bytes).toBe(0);
  await append(6);
  expect(toIds(store.records)).toEqual(['a-1', 'a-2', 'a-3', 'a-4', 'a-5', 'a-6']);
  expect(drained).toEqual({ stored: 5, deadLettered: 0 });
  await expect.poll(() => segmentsIn(directory)).toEqual([]);
  expect(log.lines.map(({ msg }) => msg)).toEqual(
    expect.arrayContaining([
      'events go to the spool, and are answered 200',
      'the spool is drained: events go to the store',
    ]),
  );
});

test('gives what the spool holds, and since when the store is away', async () => {
  const store = createMemorySink();
  const { sink, spool } = await createSink(
    Object.assign(store, { status: () => ({ topics: [{ topic: 'events' }], notice: 'another cluster' }) }),
  );
  await sink.start();
  expect(sink.status()).toMatchObject({
    topics: [{ topic: 'events' }],
    notice: 'another cluster',
    store: { up: true, unavailableSince: undefined },
    spool: { records: 0, oldestReceivedAt: undefined, limitBytes: spool.maxBytes, problem: undefined },
  });
});

test('counts what waits in the spool while the store takes none', async () => {
  const store = createMemorySink();
  const { sink, spool, append } = await createSink(store);
  await sink.start();
  store.failure = unavailable;
  store.up = false;
  const startedAt = Date.now();
  await append(1);
  await append(2);
  await expect
    .poll(() => sink.status().store?.unavailableSince ?? 0, { timeout: 10_000 })
    .toBeGreaterThanOrEqual(startedAt);
  expect(sink.status()).toMatchObject({
    store: { up: false, detail: 'a test switched it off' },
    spool: { records: 2, bytes: spool.bytes, oldestReceivedAt: new Date(60_000).toISOString() },
  });
  store.failure = undefined;
  store.up = true;
  await expect.poll(() => sink.status().spool?.records, { timeout: 10_000 }).toBe(0);
  expect(sink.status().store).toMatchObject({ up: true, unavailableSince: undefined });
});

test('starts without its store when an earlier process left records, and puts new ones behind them', async () => {
  const directory = temporaryDirectory();
  const away = createMemorySink();
  away.up = false;
  const first = await createSink(away, { directory });
  await first.sink.start();
  await first.append(1);
  await first.sink.close();
  expect(first.log.text()).toContain('records are left in the spool');

  const store = createMemorySink();
  store.up = false;
  const second = await createSink(store, { directory });
  await second.sink.start();
  expect(second.sink.health().up).toBe(true);
  await second.append(2);
  store.up = true;
  await expect.poll(() => toIds(store.records)).toEqual(['a-1', 'a-2']);
});

test('says that the store is away and since when, and what is in the spool', async () => {
  const store = createMemorySink();
  const { sink, append } = await createSink(store);
  await sink.start();
  await append(1);
  store.up = false;
  await append(2);
  expect(sink.health()).toEqual({
    up: true,
    detail: expect.stringMatching(
      /^the store has been unavailable since 20\S+Z: a test switched it off; 1 record is in the spool, the oldest received at 1970-01-01T00:02:00.000Z$/,
    ),
  });
  store.up = true;
  store.failure = unavailable;
  await expect
    .poll(() => sink.health().detail)
    .toBe(
      'the spool is being drained; 1 record is in the spool, the oldest received at 1970-01-01T00:02:00.000Z; the store does not take events (a test said so)',
    );
});

test('is not ready at first when neither the store nor an earlier process is there', async () => {
  const store = createMemorySink();
  store.up = false;
  const { sink, append } = await createSink(store);
  await sink.start();
  expect(sink.health()).toEqual({ up: false, detail: 'a test switched it off' });
  // What comes nevertheless is kept.
  expect(await append(1)).toEqual([]);
});

test('is not ready while the spool is full, and refuses what it cannot hold', async () => {
  const store = createMemorySink();
  const { sink, append, spool } = await createSink(store, { maxBytes: 2_000, maxSegmentBytes: 400 });
  await sink.start();
  store.failure = unavailable;
  let accepted = 0;
  const fill = async () => {
    for (;;) {
      await append(accepted + 1);
      accepted += 1;
    }
  };
  await expect(fill()).rejects.toMatchObject({ code: 'sink_full' });
  expect(sink.health()).toMatchObject({ up: false, detail: expect.stringContaining('the spool is full') });
  store.failure = undefined;
  await expect.poll(() => spool.records).toBe(0);
  expect(sink.health().up).toBe(true);
  expect(toIds(store.records)).toEqual(Array.from({ length: accepted }, (_, index) => `a-${index + 1}`));
});

/** Of two partitions: `a` is in the one that refuses, `b` in the other one. */
async function createRefusing(options: SinkOptions = {}) {
  const store = createMemorySink();
  store.partitions = 2;
  const keys = 'abcdefgh'.split('');
  const bad = keys.find((key) => partitionFor(key, 2) === 0) ?? '';
  const good = keys.find((key) => partitionFor(key, 2) === 1) ?? '';
  const isBad = ({ key }: SinkRecord) => key === bad;
  store.refuse = (record) => (isBad(record) ? unavailable : undefined);
  return { ...(await createSink(store, options)), store, bad, good };
}

test('one partition that refuses stops no other, also when it is the first in the spool, and over a restart', async () => {
  const { sink, spool, append, store, bad, good, directory } = await createRefusing();
  await sink.start();
  store.up = false;
  await Promise.all([append(1, bad), append(2, good), append(3, bad), append(4, good)]);
  store.up = true;
  await expect.poll(() => toIds(store.records)).toEqual([`${good}-2`, `${good}-4`]);
  await expect
    .poll(() => sink.status().spool?.leftBehind)
    .toEqual([{ name: 'events 0/2', problem: unavailable.message }]);
  // It goes to the store itself, while the other one waits.
  await expect
    .poll(async () => {
      await append(5, good);
      return spool.records;
    })
    .toBe(2);
  expect(sink.health()).toMatchObject({
    up: true,
    detail: expect.stringContaining('the store does not take events 0/2'),
  });
  await sink.close();

  const second = await createRefusing({ directory });
  await second.sink.start();
  await Promise.all([second.append(6, bad), second.append(7, good)]);
  await expect.poll(() => toIds(second.store.records)).toEqual([`${good}-7`]);
  second.store.refuse = () => undefined;
  await expect.poll(() => second.spool.records).toBe(0);
  expect(toIds(second.store.records)).toEqual([`${good}-7`, `${bad}-1`, `${bad}-3`, `${bad}-6`]);
  await expect.poll(() => second.sink.health()).toEqual({ up: true, detail: '' });
});

/** A process that starts with what another one has left, of both partitions in turn. */
async function restartRefusing(revisions: readonly number[], options: SinkOptions = {}) {
  const first = await createRefusing({ ...options, drainOnCloseMs: 10 });
  await first.sink.start();
  first.store.up = false;
  for (const revision of revisions) {
    await Promise.all([first.append(revision, first.bad), first.append(revision, first.good)]);
  }
  await first.sink.close();
  return createRefusing({ ...options, directory: first.directory });
}

test('a partition that takes again while a chunk of the rest is under way loses nothing of that chunk', async () => {
  const revisions = [1, 2, 3];
  // Each segment has a record of both partitions, and is a chunk.
  const maxSegmentBytes = 2 * toSpoolLines([createEventRecord('a', 1)], undefined).length;
  const { sink, store, spool, bad, good } = await restartRefusing(revisions, { maxSegmentBytes });
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const take = store.append;
  store.append = async (records, deadline) => {
    await (toIds(records).includes(`${good}-2`) ? gate : undefined);
    return take(records, deadline);
  };
  await sink.start();
  await expect.poll(() => toIds(store.records)).toEqual([`${good}-1`]);
  store.refuse = () => undefined;
  await expect.poll(() => toIds(store.records)).toContain(`${bad}-1`);
  // The other loop is done with it.
  await delay(50);
  open();
  await expect.poll(() => spool.backlog.isEmpty).toBe(true);
  expect(toIds(store.records.filter(({ key }) => key === bad))).toEqual(
    revisions.map((each) => `${bad}-${each}`),
  );
});

test('what waits for the end of the rest goes before later appends when its partition refuses', async () => {
  const { sink, store, spool, append, bad, good, log } = await restartRefusing([1]);
  const { promise, resolve: open } = Promise.withResolvers<void>();
  store.gate = promise;
  const asked = vi.spyOn(store, 'append');
  await sink.start();
  await expect.poll(() => asked.mock.calls.length).toBe(2);
  const appended = [append(2, bad), append(2, good)];
  vi.spyOn(log.logger, 'warn').mockImplementationOnce(() => void appended.push(append(3, bad)));
  open();
  await expect.poll(() => appended.length).toBe(3);
  await Promise.all(appended);
  store.refuse = () => undefined;
  await expect.poll(() => spool.backlog.isEmpty).toBe(true);
  expect(toIds(store.records.filter(({ key }) => key === bad))).toEqual([`${bad}-1`, `${bad}-2`, `${bad}-3`]);
});

test('is ready while the spool is full of what one partition refuses: others go to the store', async () => {
  const options = { maxBytes: 2_000, maxSegmentBytes: 400 };
  const { sink, append, store, bad, good } = await createRefusing(options);
  await sink.start();
  const fill = async () => {
    for (;;) {
      await append(1, bad);
    }
  };
  await expect(fill()).rejects.toMatchObject({ code: 'sink_full' });
  expect(sink.health().up).toBe(true);
  expect(await append(2, good)).toEqual([]);
  expect(toIds(store.records)).toEqual([`${good}-2`]);
});

test('says that the disk fails while it drains', async () => {
  const store = createMemorySink();
  const { sink, append, spool, log } = await createSink(store);
  await sink.start();
  store.up = false;
  await append(1);
  const { current } = spool;
  if (current === undefined) {
    throw new Error('the spool is not open');
  }
  const read = current.read.bind(current);
  current.read = () => Promise.reject(new Error('EIO: i/o error, read'));
  store.up = true;
  await expect.poll(() => sink.health().detail).toContain('the last attempt failed: EIO: i/o error, read');
  expect(log.lines).toContainEqual(
    expect.objectContaining({ level: 'error', msg: 'the spool cannot be drained at present' }),
  );
  current.read = read;
  await expect.poll(() => toIds(store.records)).toEqual(['a-1']);
  await expect.poll(() => sink.health()).toEqual({ up: true, detail: '' });
});

test('takes no records before it is started and after it is closed', async () => {
  const { sink, append } = await createSink(createMemorySink());
  await expect(append(1)).rejects.toMatchObject({ code: 'sink_closed' });
  await sink.start();
  await sink.close();
  await expect(append(2)).rejects.toMatchObject({ code: 'sink_closed' });
});

test('drains what the store takes in time when it is closed, and closes the store', async () => {
  const store = createMemorySink();
  const { sink, append, spool } = await createSink(store);
  await sink.start();
  store.up = false;
  await append(1);
  store.up = true;
  await sink.close();
  expect(toIds(store.records)).toEqual(['a-1']);
  expect([spool.records, store.isClosed]).toEqual([0, true]);
});

test('leaves the rest in the spool when the time for draining is over', async () => {
  const store = createMemorySink();
  const { sink, append, spool } = await createSink(store, { drainOnCloseMs: 100 });
  await sink.start();
  store.up = false;
  await append(1);
  store.gate = new Promise(() => {});
  store.up = true;
  const startedAt = Date.now();
  await sink.close();
  expect(Date.now() - startedAt).toBeLessThan(3_000);
  expect([spool.records, store.isClosed]).toEqual([1, true]);
});

test('logs what no store takes, without its content', async () => {
  const store = createMemorySink();
  const { sink, append, spool, log } = await createSink(store);
  await sink.start();
  store.up = false;
  await append(1);
  store.reject = () => 'too_large';
  store.up = true;
  await expect
    .poll(() => log.lines)
    .toContainEqual(
      expect.objectContaining({ level: 'error', why: 'too_large', topic: 'events', id: 'a-1' }),
    );
  expect(spool.setAsideRecords).toBe(1);
});

test.each([11, 12, 13, 14])(
  'with a store of every mood, all that was accepted is stored, in the order of each key (seed %i)',
  async (seed) => {
    const random = createSeededRandom(seed);
    const moods: readonly StoreMood[] = ['well', 'hanging', 'forgetful', 'failing'];
    const store = createFlakyStore();
    const { sink, spool } = await createSink(store, { maxSegmentBytes: 20_000 });
    await sink.start();
    const accepted: string[] = [];
    const outcomes: Promise<unknown>[] = [];
    let wasSpooled = false;

    async function post(id: string, key: string, revision: number): Promise<void> {
      const record = createEventRecord(key, revision, 200);
      await sink.append([record], deadlineIn(200 + random() * 2_500));
      accepted.push(id);
    }

    for (let revision = 1; revision <= 1_500; revision += 1) {
      if (revision % 100 === 0) {
        store.mood = moods[Math.floor(random() * moods.length)] ?? 'well';
        store.up = random() > 0.2;
      }
      const key = 'abcdef'[Math.floor(random() * 6)] ?? 'a';
      outcomes.push(post(`${key}-${revision}`, key, revision).catch(() => {}));
      wasSpooled ||= spool.records > 0;
      if (revision % 3 === 0) {
        await delay(1 + random() * 4);
      }
    }
    store.mood = 'well';
    store.up = true;
    await Promise.all(outcomes);
    await expect.poll(() => spool.records, { timeout: 15_000 }).toBe(0);
    expect(wasSpooled).toBe(true);

    const first = [...new Set(toIds(store.stored))];
    expect(accepted.filter((id) => !first.includes(id))).toEqual([]);
    const revisionsOf = (key: string) =>
      first.filter((id) => id.startsWith(key)).map((id) => Number(id.slice(2)));
    for (const key of 'abcdef') {
      const revisions = revisionsOf(key).filter((revision) => accepted.includes(`${key}-${revision}`));
      expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    }
  },
  30_000,
);
