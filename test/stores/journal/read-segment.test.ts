import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readSegment } from '../../../src/stores/journal/read-segment.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const segment = '0000000001-1074cfe2.jsonl';

async function countLines(directory: string, end: number): Promise<number> {
  let count = 0;
  for await (const { entries, badLine } of readSegment(directory, segment, { start: 0, end })) {
    count += entries.length + (badLine === undefined ? 0 : 1);
  }
  return count;
}

test('a segment that was cut back before the end of what is to be read fails, and names the byte', async () => {
  const directory = temporaryDirectory();
  const line = `${JSON.stringify({ topic: 'events', key: 'k', headers: {}, value: 'v' })}\n`;
  // Bytes after the requested range are not read, even if they are not a valid record.
  writeFileSync(join(directory, segment), `${line.repeat(4)}\n`);
  expect(await countLines(directory, 0)).toBe(0);
  expect(await countLines(directory, line.length * 4)).toBe(4);
  expect(await countLines(directory, line.length * 3)).toBe(3);
  truncateSync(join(directory, segment), line.length * 2);
  expect(await countLines(directory, Number.POSITIVE_INFINITY)).toBe(2);
  await expect(countLines(directory, line.length * 3)).rejects.toThrow(
    `${segment} was truncated while it was being read: it ends at byte ${line.length * 2}, before byte ${line.length * 3}`,
  );
});

test('each line is given once, in whatever pieces it is read and whatever stands before it', async () => {
  const directory = temporaryDirectory();
  const value = 'x'.repeat(100_000);
  const line = `${JSON.stringify({ topic: 'events', key: 'k', headers: {}, value })}\n`;
  writeFileSync(join(directory, segment), `${line.repeat(4)}no record\n${line.repeat(4)}`);
  const given: unknown[] = [];
  for await (const part of readSegment(directory, segment, { start: 0, end: Number.POSITIVE_INFINITY })) {
    given.push(...part.entries.map(({ record }) => record.key), ...(part.badLine ? ['bad'] : []));
  }
  expect(given.join('')).toBe('kkkkbadkkkk');
});

test('a line that is as long as its file is joined once', async () => {
  const directory = temporaryDirectory();
  const bytes = Buffer.from(`${'x'.repeat(8 * 1024 * 1024)}\n`);
  writeFileSync(join(directory, segment), bytes);
  const concat = vi.spyOn(Buffer, 'concat');
  onTestFinished(() => concat.mockRestore());
  expect(await countLines(directory, bytes.length)).toBe(1);
  const joined = concat.mock.results.map(({ value }) => (value as Buffer).length);
  expect(joined).toEqual([bytes.length]);
});
