import { expect, test } from 'vitest';
import { createGroupCommit } from '../../src/journal/group-commit.ts';

/** A write that ends when the test says so. */
function createManualWrite() {
  const writes: { readonly text: string; end(error?: Error): void }[] = [];
  const write = (bytes: Buffer) =>
    new Promise<void>((resolve, reject) => {
      writes.push({
        text: bytes.toString(),
        end: (error) => (error === undefined ? resolve() : reject(error)),
      });
    });
  return { write, writes };
}

const hour = 3_600_000;

test('appends that arrive during a write share the next one, in their order', async () => {
  const { write, writes } = createManualWrite();
  const commits = createGroupCommit(write);
  const appends = ['a', 'b', 'c'].map((text) => commits.append(Buffer.from(text), hour));
  expect(writes.map(({ text }) => text)).toEqual(['a']);
  writes[0]?.end();
  await appends[0];
  expect(writes.map(({ text }) => text)).toEqual(['a', 'bc']);
  writes[1]?.end();
  await Promise.all(appends);
});

test('a write takes no more than 8 MiB of them, but always one', async () => {
  const sizes: number[] = [];
  const commits = createGroupCommit(async ({ length }) => void sizes.push(length));
  const mebibytes = (count: number) => Buffer.alloc(count * 1024 * 1024);
  const waiting = [1, 5, 5, 1, 12, 8].map((count) => commits.append(mebibytes(count), hour));
  await Promise.all(waiting);
  expect(sizes.map((bytes) => bytes / 1024 / 1024)).toEqual([1, 5, 6, 12, 8]);
  expect(commits.bytes).toBe(0);
});

test('a failed write fails its group alone, and the next append is written', async () => {
  const { write, writes } = createManualWrite();
  const commits = createGroupCommit(write);
  const failing = commits.append(Buffer.from('a'), hour);
  writes[0]?.end(new Error('a test said so'));
  await expect(failing).rejects.toThrow('a test said so');
  await commits.idle();
  const next = commits.append(Buffer.from('b'), hour);
  writes[1]?.end();
  await next;
  expect(writes.map(({ text }) => text)).toEqual(['a', 'b']);
});

test('an append whose time is over before its write begins is refused and never written', async () => {
  const { write, writes } = createManualWrite();
  const commits = createGroupCommit(write);
  const first = commits.append(Buffer.from('a'), hour);
  await expect(commits.append(Buffer.from('late'), 5)).rejects.toMatchObject({ code: 'sink_timeout' });
  writes[0]?.end();
  await first;
  await commits.idle();
  expect(writes.map(({ text }) => text)).toEqual(['a']);
});

test('is idle only when nothing is left to write', async () => {
  const { write, writes } = createManualWrite();
  const commits = createGroupCommit(write);
  const appends = [commits.append(Buffer.from('a'), hour), commits.append(Buffer.from('b'), hour)];
  const order: string[] = [];
  const noteIdle = async () => {
    await commits.idle();
    order.push('idle');
  };
  const idling = noteIdle();
  writes[0]?.end();
  await appends[0];
  order.push('first append');
  writes[1]?.end();
  await Promise.all([...appends, idling]);
  expect(order).toEqual(['first append', 'idle']);
});

test('counts the bytes that wait or are being written, until their write has ended', async () => {
  const { write, writes } = createManualWrite();
  const commits = createGroupCommit(write);
  const givenUp = commits.append(Buffer.from('given up'), 5);
  const late = commits.append(Buffer.from('late'), 5);
  const next = commits.append(Buffer.from('next'), hour);
  expect(commits.bytes).toBe(16);
  await Promise.allSettled([givenUp, late]);
  // The first one is being written all the same.
  expect(commits.bytes).toBe(12);
  writes[0]?.end(new Error('a test said so'));
  await expect.poll(() => writes.length).toBe(2);
  expect(commits.bytes).toBe(4);
  writes[1]?.end();
  await next;
  expect(commits.bytes).toBe(0);
});
