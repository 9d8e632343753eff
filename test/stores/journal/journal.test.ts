import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createJournal, type JournalOptions } from '../../../src/stores/journal/journal.ts';
import { captureLog } from '../../support/captured-log.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const record = (text: string | Buffer) => ({
  topic: 'comapi.events',
  key: 'm-1',
  value: Buffer.from(text as string),
  headers: { revision: '1' },
});
const soon = () => deadlineIn(5_000);

async function startJournal(directory: string, options: Partial<JournalOptions> = {}) {
  const log = captureLog();
  const journal = createJournal({
    directory,
    logger: log.logger,
    clock: systemClock,
    probeIntervalMs: 20,
    ...options,
  });
  onTestFinished(() => journal.close());
  await journal.start();
  return { journal, log };
}

const segmentsIn = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted();
const linesIn = (directory: string) =>
  segmentsIn(directory).flatMap((name) =>
    readFileSync(join(directory, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );

describe('the journal', () => {
  test('holds one JSON line per record, in order, and says what it cut off of an earlier one', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, '0000000001-00000000.jsonl'), 'torn');
    const { journal, log } = await startJournal(directory);
    expect(log.lines).toMatchObject([
      { level: 'warn', bytes: 4, msg: expect.stringContaining('incomplete') },
    ]);
    await Promise.all([
      journal.append([record('{"n":1}'), record('{"n":2}')], soon()),
      journal.append([record('{"n":3}')], soon()),
    ]);
    expect(linesIn(directory)).toEqual(
      ['{"n":1}', '{"n":2}', '{"n":3}'].map((value) => ({
        topic: 'comapi.events',
        partition: null,
        key: 'm-1',
        headers: { revision: '1' },
        value,
      })),
    );
  });

  test('refuses a directory that another process is writing', async () => {
    const directory = temporaryDirectory();
    await startJournal(directory);
    const log = captureLog();
    const second = createJournal({ directory, logger: log.logger, clock: systemClock, probeIntervalMs: 5 });
    const starting = second.start();
    await expect.poll(() => log.text()).toContain(`is in use by process ${process.pid}`);
    const detail = expect.stringMatching(/\. Stop that process, or set DATA_DIR to another directory$/);
    expect(second.health()).toMatchObject({ up: false, detail, isFinal: true });
    await second.close();
    await expect(starting).rejects.toMatchObject({ code: 'sink_closed' });
  });

  test('takes no records after a failed write until the disk can be written again', async () => {
    const directory = temporaryDirectory();
    const { journal } = await startJournal(directory, { maxSegmentBytes: 1 });
    await journal.append([record('{"n":1}')], soon());
    rmSync(directory, { recursive: true });
    await expect(journal.append([record('{"n":2}')], soon())).rejects.toMatchObject({
      code: 'sink_unavailable',
    });
    expect(journal.health()).toEqual({
      up: false,
      detail: expect.stringMatching(/^Cannot write to the journal \(\//),
    });
    await expect(journal.append([record('{"n":3}')], soon())).rejects.toMatchObject({
      code: 'sink_unavailable',
    });
    mkdirSync(directory);
    await expect.poll(() => journal.health()).toEqual({ up: true, detail: '' });
    await journal.append([record('{"n":4}')], soon());
    expect(linesIn(directory).map(({ value }) => value)).toEqual(['{"n":4}']);
  });

  test('uses no number of a segment again, whatever was removed', async () => {
    const directory = temporaryDirectory();
    let epochMs = 1_764_392_400_900;
    const clock = { ...systemClock, epochMs: () => epochMs };
    for (let start = 0; start < 3; start += 1) {
      const { journal } = await startJournal(directory, { clock });
      await journal.append([record('{"n":1}')], soon());
      await journal.close();
    }
    const numbers = () => segmentsIn(directory).map((name) => Number.parseInt(name, 10));
    expect(numbers()).toEqual([1_764_392_400, 1_764_392_401, 1_764_392_402]);
    rmSync(directory, { recursive: true });
    mkdirSync(directory);
    epochMs += 5_000;
    const { journal } = await startJournal(directory, { clock });
    await journal.append([record('{"n":1}')], soon());
    expect(numbers()).toEqual([1_764_392_405]);
  });

  test('refuses at once what comes while it cannot be opened, and by its deadline what came before that was known', async () => {
    const directory = temporaryDirectory();
    const first = await startJournal(directory);
    const log = captureLog();
    const second = createJournal({ directory, logger: log.logger, clock: systemClock, probeIntervalMs: 5 });
    onTestFinished(() => second.close());
    const starting = second.start();
    await expect(second.append([record('{"n":1}')], deadlineIn(50))).rejects.toMatchObject({
      code: 'sink_unavailable',
    });
    await expect.poll(() => second.health().detail).toContain('is in use by');
    await expect(second.append([record('{"n":2}')], deadlineIn(60_000))).rejects.toThrow('is in use by');
    await first.journal.close();
    await starting;
    await second.append([record('{"n":3}')], soon());
    expect(linesIn(directory).map(({ value }) => value)).toEqual(['{"n":3}']);
  });

  test('acknowledges nothing after another process has taken the directory over, and waits for its end', async () => {
    const directory = temporaryDirectory();
    const first = await startJournal(directory);
    await first.journal.append([record('{"n":1}')], soon());
    // Simulates a first process that was suspended for a long time.
    rmSync(join(directory, 'lock'));
    const second = await startJournal(directory);
    await second.journal.append([record('{"n":2}')], soon());
    await expect(first.journal.append([record('{"n":3}')], soon())).rejects.toMatchObject({
      code: 'sink_unavailable',
    });
    expect(first.journal.health().up).toBe(false);
    await expect.poll(() => first.journal.health().detail).toContain('is in use by');
    await second.journal.close();
    await expect.poll(() => first.journal.health().up).toBe(true);
    await first.journal.append([record('{"n":4}')], soon());
    const values = linesIn(directory).map(({ value }) => value);
    expect(values.filter((value) => value !== '{"n":3}')).toEqual(['{"n":1}', '{"n":2}', '{"n":4}']);
  });
});
