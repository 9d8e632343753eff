import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Sink, SinkError } from '../../../src/ports/sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createSpoolingSink } from '../../../src/stores/spool/spooling-sink.ts';
import { captureLog } from '../../support/captured-log.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { createEventRecord, segmentsIn, toIds } from '../../support/test-spool.ts';

async function open(
  store: Sink,
  { directory = temporaryDirectory(), maxBytes = 1_000_000, clock = systemClock } = {},
) {
  const log = captureLog();
  const registry = new Registry();
  const sink = createSpoolingSink({
    config: { directory, maxBytes },
    store,
    topics: [{ events: 'events', deadLetter: 'dead' }],
    registry,
    clock,
    logger: log.logger,
  });
  onTestFinished(() => sink.close());
  await sink.start();
  await expect.poll(() => sink.status?.().spool?.problem).toBeUndefined();
  const append = (revision: number, key = 'a', timeLeftMs = 5_000) =>
    sink.append([createEventRecord(key, revision)], deadlineIn(timeLeftMs));
  const isEmpty = () => sink.status?.().spool?.bytes === 0;
  return { sink, directory, log, registry, append, isEmpty };
}

const unavailable = new SinkError('sink_unavailable', 'a test said so.');

test('keeps on disk what the store refuses, gives it to the store when that takes records again, and tells each change once', async () => {
  const store = createMemorySink();
  const { append, isEmpty, registry, log, directory } = await open(store);
  const tries = vi.spyOn(store, 'append');
  const told: string[] = [];
  for (const round of [1, 2]) {
    store.failure = unavailable;
    store.up = false;
    for (const revision of [1, 2, 3]) {
      expect(await append(revision)).toEqual([{ index: 0, reason: 'spooled' }]);
    }
    tries.mockClear();
    await expect.poll(() => tries.mock.calls.length).toBeGreaterThan(3);
    expect(await registry.metrics()).toContain(`comapi_webhook_spool_written_records_total ${3 * round}`);
    store.failure = undefined;
    store.up = true;
    await expect.poll(isEmpty).toBe(true);
    expect(toIds(store.records.splice(0))).toEqual(['a-1', 'a-2', 'a-3']);
    expect(segmentsIn(directory)).toEqual([]);
    expect(await registry.metrics()).toContain(
      `comapi_webhook_spool_drained_records_total{outcome="stored"} ${3 * round}`,
    );
    told.push(
      'the store does not confirm events: they are written to the spool, and deliveries get 200',
      'cannot move events from the spool to the store yet',
      'the spool is empty: all its events are in the store',
    );
    await expect.poll(() => log.lines.map(({ msg }) => msg)).toEqual(told);
  }
});

test('a store that never answers leaves the disk half of the time, and 2 s at most, and is not asked again', async () => {
  const clock = createFakeClock();
  const asked: (readonly [records: number, leftMs: number])[] = [];
  const store = createMemorySink();
  store.append = async (records, deadline) => {
    const leftMs = deadline - clock.now();
    asked.push([records.length, leftMs]);
    // The loop that drains the spool appends one record at a time, which takes no time here. Any other append takes all
    // the time that it has left.
    clock.advance(records.length > 1 ? leftMs : 0);
    throw unavailable;
  };
  const { sink } = await open(store, { clock });
  const records = [createEventRecord('a', 1), createEventRecord('a', 2)];
  const spooled = records.map((_, index) => ({ index, reason: 'spooled' }));
  expect(await sink.append(records, clock.now() + 10_000)).toEqual(spooled);
  expect(await sink.append(records, clock.now() + 1_000)).toEqual(spooled);
  expect(asked.filter(([count]) => count === 2)).toEqual([
    [2, 8_000],
    [2, 500],
  ]);
  expect(asked).not.toContainEqual([1, 0]);
});

test('of a delivery that the store refuses as a whole, the spool has only what the store refuses by itself', async () => {
  const store = createMemorySink();
  const { sink, registry } = await open(store);
  const { append } = store;
  store.append = async (records, deadline) => {
    if (records.length > 1) {
      throw unavailable;
    }
    return append(records, deadline);
  };
  store.reject = ({ key }) => (key === 'huge' ? 'too_large' : undefined);
  const records = ['good', 'huge', 'bad'].map((key) => createEventRecord(key, 1));
  const told = [{ index: 1, reason: 'too_large' }];
  expect(await sink.append(records, deadlineIn(5_000))).toEqual(told);
  expect(await registry.metrics()).toContain('comapi_webhook_spool_written_records_total 0');
  store.refuse = ({ key }) => (key === 'bad' ? unavailable : undefined);
  expect(await sink.append(records.slice(0, 2), deadlineIn(5_000))).toEqual(told);
  expect(await sink.append(records, deadlineIn(5_000))).toEqual([...told, { index: 2, reason: 'spooled' }]);
  expect(await registry.metrics()).toContain('comapi_webhook_spool_written_records_total 1');
  expect(toIds(store.records)).toEqual(['good-1', 'bad-1', 'good-1', 'good-1']);
});

test('hands on what the store rejects: the caller makes its dead letter', async () => {
  const store = createMemorySink();
  store.reject = () => 'too_large';
  const { sink, append, isEmpty } = await open(store);
  expect(await append(1)).toEqual([{ index: 0, reason: 'too_large' }]);
  expect([isEmpty(), sink.health()]).toEqual([true, { up: true, detail: '' }]);
});

test('says what is unavailable, how much waits and since when', async () => {
  const store = createMemorySink();
  const { sink, append, registry } = await open(
    Object.assign(store, { status: () => ({ topics: [{ topic: 'events' }], notice: 'another cluster' }) }),
  );
  store.up = false;
  store.failure = unavailable;
  await append(2);
  expect(sink.health()).toEqual({
    up: true,
    detail: 'events are written to the spool, because the store is unavailable: a test switched it off',
  });
  expect(sink.status?.()).toMatchObject({
    topics: [{ topic: 'events' }],
    notice: 'another cluster',
    store: { up: false, detail: 'a test switched it off' },
    spool: { limitBytes: 1_000_000, oldestReceivedAt: '1970-01-01T00:02:00.000Z' },
  });
  expect(await registry.metrics()).toContain('comapi_webhook_spool_oldest_timestamp_seconds 120');
});

test('one part of the store that refuses holds up nobody, also when it is first in the spool, and over a restart', async () => {
  const store = createMemorySink();
  store.failure = unavailable;
  const { sink, append, isEmpty, directory, registry, log } = await open(store);
  await Promise.all([append(1, 'bad'), append(2, 'good'), append(3, 'bad'), append(4, 'good')]);
  store.refuse = ({ key }) => (key === 'bad' ? unavailable : undefined);
  store.failure = undefined;
  await expect.poll(() => toIds(store.records)).toEqual(['good-2', 'good-4']);
  await append(5, 'good');
  await append(6, 'bad');
  expect(toIds(store.records)).toEqual(['good-2', 'good-4', 'good-5']);
  expect(await registry.metrics()).toContain('comapi_webhook_spool_oldest_timestamp_seconds 60');
  expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', detail: unavailable.message }));
  expect(isEmpty()).toBe(false);
  await sink.close();

  const next = createMemorySink();
  const second = await open(next, { directory });
  await expect.poll(second.isEmpty).toBe(true);
  expect(new Set(toIds(next.records))).toEqual(new Set(['bad-1', 'bad-3', 'bad-6']));
});

test('goes round what a living store does not take: what stands behind it is stored', async () => {
  const store = createMemorySink();
  store.failure = unavailable;
  const { append } = await open(store);
  await append(1, 'bad');
  // The store reports itself as available but rejects every record of the first segment.
  store.refuse = ({ key }) => (key === 'bad' ? unavailable : undefined);
  await append(2, 'good');
  store.failure = undefined;
  await expect.poll(() => toIds(store.records)).toContain('good-2');
});

test('a record that the store rejects when it is drained becomes a dead letter made from it', async () => {
  const store = createMemorySink();
  store.failure = unavailable;
  const { append, isEmpty, registry } = await open(store);
  await append(1);
  store.reject = ({ topic }) => (topic === 'events' ? 'too_large' : undefined);
  store.failure = undefined;
  await expect.poll(isEmpty).toBe(true);
  const { value, headers } = createEventRecord('a', 1);
  expect(store.records).toEqual([
    { topic: 'dead', key: null, value, headers: { ...headers, reason: 'too_large', 'batch-size': '1' } },
  ]);
  expect(await registry.metrics()).toContain('drained_records_total{outcome="dead_lettered"} 1');
});

test('a record whose dead letter is rejected too waits, and others pass', async () => {
  const store = createMemorySink();
  store.failure = unavailable;
  const { append, isEmpty, log } = await open(store);
  await Promise.all([append(1, 'bad'), append(2, 'good')]);
  store.reject = ({ key }) => (key === 'good' ? undefined : 'too_large');
  store.failure = undefined;
  await expect.poll(() => toIds(store.records)).toEqual(['good-2']);
  expect(log.text()).toContain(
    'the store rejected a record of events and also the dead letter for this record: too_large',
  );
  store.reject = () => undefined;
  await expect.poll(isEmpty).toBe(true);
  expect(toIds(store.records)).toEqual(['good-2', 'bad-1']);
});

test('refuses what it cannot hold with the words of both, drains, and takes again', async () => {
  const store = createMemorySink();
  store.failure = unavailable;
  store.up = false;
  const { append, isEmpty } = await open(store, { maxBytes: 2_000 });
  const accepted: string[] = [];
  const fill = async () => {
    for (let revision = 1; ; revision += 1) {
      await append(revision);
      accepted.push(`a-${revision}`);
    }
  };
  await expect(fill()).rejects.toMatchObject({
    code: 'sink_full',
    message: expect.stringMatching(/^a test said so\. The spool cannot store the records either: .*full/),
  });
  store.failure = undefined;
  store.up = true;
  await expect.poll(isEmpty).toBe(true);
  expect(toIds(store.records)).toEqual(accepted);
  store.failure = unavailable;
  expect(await append(100)).toEqual([{ index: 0, reason: 'spooled' }]);
});

test('while its directory is unavailable the store alone takes records; then it keeps them again', async () => {
  const store = createMemorySink();
  const { append, directory, sink, isEmpty, registry } = await open(store);
  expect(await registry.metrics()).toContain('comapi_webhook_spool_usable 1');
  renameSync(directory, `${directory}-away`);
  expect(await append(1)).toEqual([]);
  store.failure = unavailable;
  await expect(append(2)).rejects.toMatchObject({ code: 'sink_unavailable' });
  expect(await registry.metrics()).toContain('comapi_webhook_spool_usable 0');
  renameSync(`${directory}-away`, directory);
  await expect.poll(() => sink.status?.().spool?.problem).toBeUndefined();
  expect(await append(3)).toEqual([{ index: 0, reason: 'spooled' }]);
  store.failure = undefined;
  await expect.poll(isEmpty).toBe(true);
  expect(toIds(store.records)).toEqual(['a-1', 'a-3']);
});

test('a line that is no record, and a segment that was removed, hold up nothing; what is damaged is kept', async () => {
  const directory = temporaryDirectory();
  const away = createMemorySink();
  away.failure = unavailable;
  // The store reports itself as unavailable. Otherwise, the second process would skip the rejected records and the
  // damaged line.
  away.up = false;
  const first = await open(away, { directory });
  await first.append(1);
  await first.sink.close();
  const [damaged = ''] = segmentsIn(directory);
  appendFileSync(join(directory, damaged), 'no record\n');
  const second = await open(away, { directory });
  await second.append(2);
  await second.append(3);
  await second.sink.close();

  const store = createMemorySink();
  const third = await open(store, { directory });
  await expect.poll(third.isEmpty).toBe(true);
  expect(new Set(toIds(store.records))).toEqual(new Set(['a-1', 'a-2', 'a-3']));
  const kept = readdirSync(directory).filter((name) => name.endsWith('.damaged'));
  expect(kept).toHaveLength(1);
  expect(readFileSync(join(directory, kept[0] ?? ''), 'utf8')).toContain('no record');
  expect(third.log.lines).toContainEqual(
    expect.objectContaining({ level: 'error', msg: expect.stringContaining('is not a record') }),
  );
});

test('a segment that somebody removes while it waits is told, and what follows it is drained', async () => {
  const store = createMemorySink();
  store.failure = unavailable;
  store.up = false;
  const { append, directory, isEmpty, log } = await open(store, { maxBytes: 3_200 });
  await append(1);
  await append(2);
  const [first = ''] = segmentsIn(directory);
  rmSync(join(directory, first));
  store.failure = undefined;
  store.up = true;
  await expect.poll(isEmpty, { timeout: 60_000 }).toBe(true);
  expect(toIds(store.records)).toContain('a-2');
  await append(3);
  expect(toIds(store.records)).toContain('a-3');
  expect(log.lines.length).toBeGreaterThan(0);
});

test('takes no records after it is closed', async () => {
  const store = createMemorySink();
  const { sink, append } = await open(store);
  await sink.close();
  await expect(append(2)).rejects.toMatchObject({ code: 'sink_closed' });
  expect(store.isClosed).toBe(true);
});

test('takes records before the store has started', async () => {
  const store = createMemorySink();
  store.start = () => new Promise(() => {});
  store.failure = unavailable;
  store.up = false;
  const { append } = await open(store);
  expect(await append(1)).toEqual([{ index: 0, reason: 'spooled' }]);
});
