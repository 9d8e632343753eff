import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SinkError } from '../../../src/ports/sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { holdUntilOpened } from '../../../src/stores/spool/open-spooling-sink.ts';
import { captureLog } from '../../support/captured-log.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { createEventRecord, toIds } from '../../support/test-spool.ts';

async function setUp({ lines = '' }) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const directory = temporaryDirectory();
  if (lines !== '') {
    writeFileSync(join(directory, '0000000001-4f2a9c1e.jsonl'), lines);
  }
  const tried = Promise.withResolvers<void>();
  const log = captureLog();
  const memory = createMemorySink();
  const sink = holdUntilOpened(
    { ...memory, health: () => memory.health(), status: () => ({ topics: [] }) },
    { store: memory, spool: { directory, tried: tried.promise }, clock: systemClock, logger: log.logger },
  );
  onTestFinished(() => sink.close());
  await sink.start();
  return { memory, tried, log, sink };
}

const record = createEventRecord('a', 1);

test('a directory that shows nothing holds up little', async () => {
  const { memory, sink } = await setUp({});
  const waiting = sink.append([record], deadlineIn(60_000));
  await vi.advanceTimersByTimeAsync(999);
  expect([memory.records, sink.health().up]).toEqual([[], false]);
  await vi.advanceTimersByTimeAsync(1);
  await waiting;
  expect(toIds(memory.records)).toEqual(['a-1']);
  expect(sink.health().up).toBe(true);
});

test('while the store is away appends wait for the spool, although its directory shows nothing', async () => {
  const { memory, tried, sink } = await setUp({});
  memory.up = false;
  memory.failure = new SinkError('sink_unavailable', 'the store is away');
  const waiting = sink.append([record], deadlineIn(8_000));
  await vi.advanceTimersByTimeAsync(5_000);
  // The spool behind it takes records now.
  memory.failure = undefined;
  tried.resolve();
  await waiting;
  expect(toIds(memory.records)).toEqual(['a-1']);
});

test('a store that comes back before the spool is open takes what waits', async () => {
  const { memory, sink } = await setUp({});
  memory.up = false;
  const waiting = sink.append([record], deadlineIn(60_000));
  await vi.advanceTimersByTimeAsync(3_500);
  expect(memory.records).toEqual([]);
  memory.up = true;
  await vi.advanceTimersByTimeAsync(500);
  await waiting;
  expect(toIds(memory.records)).toEqual(['a-1']);
});

test('while a directory that shows records is opened, appends wait, and are refused at their deadline', async () => {
  const { memory, tried, sink } = await setUp({ lines: '{}\n' });
  const refused = expect(sink.append([record], deadlineIn(5_000))).rejects.toMatchObject({
    code: 'sink_unavailable',
  });
  const waiting = sink.append([record], deadlineIn(20_000));
  await vi.advanceTimersByTimeAsync(9_000);
  await refused;
  expect(sink.health()).toEqual({ up: false, detail: expect.stringContaining('the spool is not open yet') });
  expect(memory.records).toEqual([]);
  tried.resolve();
  await waiting;
  expect(toIds(memory.records)).toEqual(['a-1']);
  expect(sink.health().up).toBe(true);
});

test('a directory that hangs is not waited for without end', async () => {
  const { memory, log, sink } = await setUp({ lines: '{}\n' });
  const waiting = sink.append([record], deadlineIn(60_000));
  await vi.advanceTimersByTimeAsync(14_000);
  expect(memory.records).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  await waiting;
  expect(toIds(memory.records)).toEqual(['a-1']);
  expect(log.text()).toContain('the spool does not open, so the store alone takes events');
});

test('what waits when the process ends is not kept waiting', async () => {
  const { sink } = await setUp({ lines: '{}\n' });
  const waiting = sink.append([record], deadlineIn(60_000));
  await sink.close();
  await waiting;
});
