import { readdirSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { EntityTable } from '../../../src/filter/entity-table.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import {
  filterJournal,
  openLatestJournal,
  toJournalRecord,
} from '../../../src/stores/journal/filter-journal.ts';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { readJournal } from '../../../src/stores/journal/read-journal.ts';
import { captureLog } from '../../support/captured-log.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const topics = {
  events: 'comapi.events',
  latest: 'comapi.events.latest',
  deadLetter: 'comapi.events.dead-letter',
};

function toLine(key: string, revision?: string, topic = topics.events): string {
  const headers = { ce_specversion: '1.0', ce_subject: key, ce_type: 'message.read' };
  const receivedAt = new Date().toISOString();
  return toJournalLine({
    topic,
    key,
    value: Buffer.from(`{"key":"${key}","revision":${revision ?? null}}`),
    headers: { ...headers, 'received-at': receivedAt, ...(revision !== undefined && { revision }) },
  });
}

async function setUp() {
  const dataDir = await mkdtemp(join(tmpdir(), 'filter-journal-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  await mkdir(join(dataDir, 'journal'));
  const log = captureLog();
  return {
    dataDir,
    log,
    segment: join(dataDir, 'journal', '0000000001-00000000.jsonl'),
    output: () =>
      join(
        dataDir,
        'latest',
        readdirSync(join(dataDir, 'latest')).find((name) => name.startsWith('0000000001-')) ?? '',
      ),
    run: () =>
      filterJournal({
        ...{ dataDir, directory: join(dataDir, 'latest') },
        topics,
        windowMs: 3_600_000,
        clock: systemClock,
        logger: log.logger,
      }),
    async states() {
      const states: string[] = [];
      for await (const { record } of readJournal(join(dataDir, 'latest'))) {
        const { key, topic, value, headers } = record;
        const { revision } = headers;
        expect(value.toString()).toBe(`{"key":"${key}","revision":${revision ?? null}}`);
        expect([topic, headers.ce_subject]).toEqual([topics.latest, key]);
        states.push(`${key} ${revision ?? '-'}`);
      }
      return states;
    },
  };
}

describe('the filter on the journal', () => {
  test('reads a journal that was recreated from its beginning, and says so', async () => {
    const { dataDir, segment, run, states, log } = await setUp();
    const later = join(dataDir, 'journal', '0000000007-00000000.jsonl');
    await writeFile(later, toLine('a', '1'));
    await run();
    await rm(later);
    expect(await run()).toEqual({});
    await writeFile(segment, toLine('b', '1'));
    expect(await run()).toEqual({ forwarded: 1 });
    expect(await states()).toEqual(['a 1', 'b 1']);
    expect(log.lines).toMatchObject([{ level: 'warn', msg: expect.stringContaining('was recreated') }]);
    expect(await run()).toEqual({});
  });

  test('appends the states that move forward, and each of them once however often it runs', async () => {
    const { segment, run, states, dataDir } = await setUp();
    await writeFile(
      segment,
      [
        toLine('a', '1'),
        toLine('a', '9007199254740993'),
        toLine('a', '9007199254740992'),
        toLine('b', '5'),
        toLine('b'),
        toLine('x', '1', topics.deadLetter),
      ].join(''),
    );
    expect(await run()).toEqual({ forwarded: 3, obsolete: 1, untracked: 1 });
    expect(await run()).toEqual({});
    await appendFile(segment, toLine('b', '4') + toLine('b', '5'));
    await writeFile(join(dataDir, 'journal', '0000000002-00000000.jsonl'), toLine('b', '6'));
    expect(await run()).toEqual({ obsolete: 1, duplicate: 1, forwarded: 1 });
    expect(await states()).toEqual(['a 1', 'a 9007199254740993', 'b 5', 'b -', 'b 6']);
  });

  test('ended at any byte of its output, the next run completes it', async () => {
    const { segment, output, run, states, dataDir } = await setUp();
    await writeFile(segment, [toLine('a', '1'), toLine('a'), toLine('a', '2'), toLine('b')].join(''));
    await run();
    const first = output();
    const whole = await readFile(first);
    const expected = await states();
    for (let size = 0; size <= whole.length; size += 7) {
      await rm(join(dataDir, 'latest'), { recursive: true });
      await mkdir(join(dataDir, 'latest'));
      await writeFile(first, whole);
      await truncate(first, size);
      await run();
      expect(await states()).toEqual(expected);
    }
  });

  test('takes each of many events once, a thousand at a time', async () => {
    const { segment, run, states } = await setUp();
    const keys = Array.from({ length: 2_000 }, (_, index) => `m-${index}`);
    await writeFile(segment, keys.map((key) => toLine(key, '1')).join(''));
    const forget = vi.spyOn(EntityTable.prototype, 'forget');
    onTestFinished(() => forget.mockRestore());
    expect(await run()).toEqual({ forwarded: 2_000 });
    expect(await states()).toEqual(keys.map((key) => `${key} 1`));
    // The last call flushes the remaining records and is made even if no records remain.
    expect(forget).toHaveBeenCalledTimes(3);
  });

  test('says when a fault of its own keeps it from an event, and goes on', async () => {
    const { segment, run, states, log } = await setUp();
    const foreign = { topic: topics.events, key: 'x', value: Buffer.from('{"eventId":"e"}'), headers: {} };
    await writeFile(segment, toJournalLine(foreign) + toLine('a', '1'));
    const equals = vi.spyOn(Buffer.prototype, 'equals').mockImplementationOnce(() => {
      throw new Error('a fault');
    });
    onTestFinished(() => equals.mockRestore());
    expect(await run()).toEqual({ dead_lettered: 1, forwarded: 1 });
    expect(log.lines).toMatchObject([
      { level: 'error', msg: 'records could not be processed', records: 1, err: { message: 'a fault' } },
    ]);
    expect(await states()).toEqual(['a 1']);
  });

  test('a line that is not complete yet is left for the next run', async () => {
    const { segment, run, states } = await setUp();
    const line = toLine('b', '1');
    await writeFile(segment, toLine('a', '1') + line.slice(0, 20));
    await run();
    await appendFile(segment, line.slice(20));
    await run();
    expect(await states()).toEqual(['a 1', 'b 1']);
  });

  test('reads a segment again that a crash has cut back', async () => {
    const { segment, run, states, log } = await setUp();
    await writeFile(segment, toLine('a', '1') + toLine('a', '2'));
    await run();
    await writeFile(segment, toLine('a', '1') + toLine('c', '1'));
    await truncate(segment, Buffer.byteLength(toLine('a', '1')));
    await appendFile(segment, toLine('long-name-of-an-entity', '3'));
    await run();
    expect(log.text()).toContain('was truncated');
    expect(await states()).toEqual(['a 1', 'a 2', 'long-name-of-an-entity 3']);
  });
});

describe('the journal of latest states', () => {
  async function openLatest(directory: string) {
    const table = new EntityTable();
    const latest = await openLatestJournal(directory, table, Date.now());
    onTestFinished(() => latest.close().catch(() => {}));
    return { table, latest };
  }

  const toState = (key: string, revision: string, offset: number) => ({
    record: {
      topic: 'latest',
      key,
      value: Buffer.from('{}'),
      headers: { ce_specversion: '1.0', ce_subject: key, revision },
    },
    next: { segment: '0000000001-00000000.jsonl', offset },
  });

  test('gives back the states and the last position after it was opened again', async () => {
    const directory = temporaryDirectory();
    const first = await openLatest(directory);
    await first.latest.append([toState('a', '1', 10), toState('b', '5', 20)]);
    await first.latest.append([toState('a', '2', 30)]);
    await first.latest.close();

    const { table, latest } = await openLatest(directory);
    expect(latest.position).toEqual({ segment: '0000000001-00000000.jsonl', offset: 30 });
    expect([table.find(Buffer.from('a')), table.find(Buffer.from('b'))]).toEqual([2n, 5n]);
  });

  test('lets go of the directory when its states cannot be read', async () => {
    const directory = temporaryDirectory();
    const segment = join(directory, '0000000001-00000000.jsonl');
    await writeFile(segment, 'no record\n');
    await expect(openLatest(directory)).rejects.toThrow(
      `${segment} has a line at byte 0 that is not a record`,
    );
    expect(readdirSync(directory)).toEqual(['0000000001-00000000.jsonl']);
    await rm(segment);
    await openLatest(directory);
  });
});

describe('a line of the journal as a record', () => {
  const segment = '0000000001-00000000.jsonl';
  const toRecord = (headers: Readonly<Record<string, string>>, key: string | null = 'm-1') =>
    toJournalRecord({
      record: { topic: 'events', key, value: Buffer.from('{}'), headers },
      position: { segment, offset: 10 },
      next: { segment, offset: 20 },
    });

  test('has key, value, headers, and the time of receipt', () => {
    const record = toRecord({ 'received-at': '1970-01-01T00:00:01.000Z', revision: '7' });
    expect(record).toMatchObject({
      next: { segment, offset: 20 },
      timestampMs: 1_000,
      key: Buffer.from('m-1'),
      value: Buffer.from('{}'),
    });
    expect(record.header('revision')).toBe('7');
    expect(record.header('webhook')).toBeUndefined();
  });

  test.each([{}, { 'received-at': 'yesterday' }])('has no time with the headers %o', (headers) => {
    expect(toRecord(headers).timestampMs).toBe(-1);
  });

  test('has no key when the line has none', () => {
    expect(toRecord({}, null).key).toBeNull();
  });
});
