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
  writeFileSync(join(directory, segment), line.repeat(4));
  expect(await countLines(directory, line.length * 4)).toBe(4);
  expect(await countLines(directory, line.length * 3)).toBe(3);
  truncateSync(join(directory, segment), line.length * 2);
  expect(await countLines(directory, Number.POSITIVE_INFINITY)).toBe(2);
  await expect(countLines(directory, line.length * 3)).rejects.toThrow(
    `${segment} ends at byte ${line.length * 2}, and was to be read to byte ${line.length * 3}`,
  );
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
