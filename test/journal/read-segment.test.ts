import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSegment } from '../../src/journal/read-segment.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const segment = '0000000001-1074cfe2.jsonl';

async function countLines(directory: string, end: number): Promise<number> {
  let count = 0;
  for await (const { lines } of readSegment(directory, segment, { start: 0, end })) {
    count += lines;
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

test('a file without a line end costs no more than its length', async () => {
  const directory = temporaryDirectory();
  const costMs = async (mebibytes: number) => {
    writeFileSync(join(directory, `${mebibytes}`), Buffer.alloc(mebibytes * 1024 * 1024, 'x'));
    const before = process.threadCpuUsage();
    for await (const part of readSegment(directory, `${mebibytes}`, {
      start: 0,
      end: Number.POSITIVE_INFINITY,
    })) {
      expect(part.lines).toBe(0);
    }
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  };
  const quarterMs = await costMs(16);
  expect(await costMs(64)).toBeLessThan(9 * quarterMs + 50);
});
