import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSegmentWriter, type SegmentWriterOptions } from '../../src/journal/segment-writer.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

async function openWriter(options: SegmentWriterOptions) {
  const writer = await openSegmentWriter(options);
  onTestFinished(() => writer.close().catch(() => {}));
  return writer;
}

const readSegments = (directory: string) =>
  Object.fromEntries(
    readdirSync(directory)
      .filter((name) => name !== 'lock')
      .map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  );

test('begins a new segment when one is full', async () => {
  const directory = temporaryDirectory();
  const writer = await openWriter({ directory, maxSegmentBytes: 4 });
  await writer.append(Buffer.from('12\n'));
  await writer.append(Buffer.from('34\n'));
  await writer.append(Buffer.from('56\n'));
  expect(readSegments(directory)).toEqual({ '0000000001.jsonl': '12\n34\n', '0000000002.jsonl': '56\n' });
});

test('cuts off a torn last line and goes on in the last segment', async () => {
  const directory = temporaryDirectory();
  const first = await openWriter({ directory });
  await first.append(Buffer.from('12\n'));
  await first.close();
  appendFileSync(join(directory, '0000000001.jsonl'), 'torn');
  const torn: unknown[] = [];
  const second = await openWriter({ directory, onTornLine: (each) => torn.push(each) });
  await second.append(Buffer.from('34\n'));
  expect(torn).toEqual([{ segment: '0000000001.jsonl', bytes: 4 }]);
  expect(readSegments(directory)).toEqual({ '0000000001.jsonl': '12\n34\n' });
});

test('says where its end is, and begins a new segment when asked to', async () => {
  const directory = temporaryDirectory();
  const writer = await openWriter({ directory });
  expect(writer.end).toEqual({ segment: '0000000001.jsonl', offset: 0 });
  await writer.append(Buffer.from('12\n'));
  expect(writer.end).toEqual({ segment: '0000000001.jsonl', offset: 3 });
  await writer.startNext();
  expect(writer.end).toEqual({ segment: '0000000002.jsonl', offset: 0 });
  await writer.append(Buffer.from('34\n'));
  expect(readSegments(directory)).toEqual({ '0000000001.jsonl': '12\n', '0000000002.jsonl': '34\n' });
});

test('has its end in the last segment that could be opened', async () => {
  const directory = temporaryDirectory();
  const writer = await openWriter({ directory });
  await writer.append(Buffer.from('12\n'));
  rmSync(directory, { recursive: true });
  await expect(writer.startNext()).rejects.toThrow('ENOENT');
  expect(writer.end).toEqual({ segment: '0000000001.jsonl', offset: 3 });
});

test('keeps the directory until it is closed', async () => {
  const directory = temporaryDirectory();
  const writer = await openWriter({ directory });
  await expect(openSegmentWriter({ directory })).rejects.toThrow(`is in use by process ${process.pid}`);
  await writer.close();
  await openWriter({ directory });
});

test('goes on with a new segment after one could not be opened', async () => {
  const directory = temporaryDirectory();
  const writer = await openWriter({ directory, maxSegmentBytes: 1 });
  await writer.append(Buffer.from('12\n'));
  rmSync(directory, { recursive: true });
  await expect(writer.append(Buffer.from('34\n'))).rejects.toThrow('ENOENT');
  await mkdir(directory);
  await writer.append(Buffer.from('56\n'));
  expect(readSegments(directory)).toEqual({ '0000000003.jsonl': '56\n' });
});
