import { expect, test, vi } from 'vitest';
import { createGroupCommit } from '../../../src/stores/journal/group-commit.ts';

/** A write that the test completes explicitly. */
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
const mebibyte = 1024 * 1024;
const textOf = (text: string) => () => Buffer.from(text);

test('appends that arrive during a write share the next one, in their order, and nothing is idle before its end', async () => {
  const { write, writes } = createManualWrite();
  const commits = createGroupCommit(write);
  const appends = ['a', 'b', 'c'].map((text) => commits.append(textOf(text), hour));
  const onIdle = vi.fn();
  const idle = commits.idle().then(onIdle);
  expect(writes.map(({ text }) => text)).toEqual(['a']);
  writes[0]?.end();
  await appends[0];
  expect(writes.map(({ text }) => text)).toEqual(['a', 'bc']);
  expect(onIdle).not.toHaveBeenCalled();
  // A failed write affects only the appends of its own group.
  const failed = Promise.allSettled(appends.slice(1));
  writes[1]?.end(new Error('a test said so'));
  await idle;
  expect(await failed).toMatchObject([{ status: 'rejected' }, { reason: { message: 'a test said so' } }]);
  const next = commits.append(textOf('d'), hour);
  writes[2]?.end();
  await next;
  expect(writes.map(({ text }) => text)).toEqual(['a', 'bc', 'd']);
});

test('makes lines for the write in flight and for the next one, of 8 MiB each, and no more', async () => {
  const { write, writes } = createManualWrite();
  const commits = createGroupCommit(write);
  const made: number[] = [];
  const appends = Array.from({ length: 12 }, (_, index) =>
    commits.append(() => {
      made.push(index);
      return Buffer.alloc(2 * mebibyte, `${index}`);
    }, hour),
  );
  const writtenMebibytes = () => writes.map(({ text }) => text.length / mebibyte);
  expect(writtenMebibytes()).toEqual([2]);
  expect(made).toEqual([0, 1, 2, 3, 4]);
  expect(commits.bytes).toBe(10 * mebibyte);
  writes[0]?.end();
  await appends[0];
  await expect.poll(writtenMebibytes).toEqual([2, 8]);
  // The next lines are prepared during the write, so that the disk does not wait for them.
  expect(made).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  writes[1]?.end();
  await expect.poll(writtenMebibytes).toEqual([2, 8, 8]);
  writes[2]?.end();
  await expect.poll(writtenMebibytes).toEqual([2, 8, 8, 6]);
  writes[3]?.end();
  await Promise.all(appends);
  expect(made).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(commits.bytes).toBe(0);
});

test('gives the memory of lines back when they are written', async () => {
  const lines: Buffer[] = [];
  const written: Buffer[] = [];
  const commits = createGroupCommit(async (bytes) => {
    written.push(bytes);
    expect(bytes.length).toBeGreaterThan(0);
  });
  const toLines = () => {
    const bytes = Buffer.alloc(mebibyte);
    lines.push(bytes);
    return bytes;
  };
  await Promise.all([1, 2, 3].map(() => commits.append(toLines, hour)));
  await commits.idle();
  expect([...lines, ...written].map(({ length }) => length)).toEqual([0, 0, 0, 0, 0]);
});

test('lines that cannot be made fail their append alone', async () => {
  const { write, writes } = createManualWrite();
  const commits = createGroupCommit(write);
  const failing = () => {
    throw new Error('a test said so');
  };
  await expect(commits.append(failing, hour)).rejects.toThrow('a test said so');
  await commits.idle();
  const appends = [textOf('a'), failing, textOf('b')].map((toLines) => commits.append(toLines, hour));
  writes[0]?.end();
  await appends[0];
  await expect(appends[1]).rejects.toThrow('a test said so');
  writes[1]?.end();
  await appends[2];
  expect(writes.map(({ text }) => text)).toEqual(['a', 'b']);
});

test('an append that waits without lines is refused in time, and never made', async () => {
  const { write, writes } = createManualWrite();
  const commits = createGroupCommit(write);
  const large = () => Buffer.alloc(8 * mebibyte);
  const appends = [commits.append(large, hour), commits.append(large, hour)];
  let isMade = false;
  const late = commits.append(() => {
    isMade = true;
    return Buffer.from('late');
  }, 5);
  await expect(late).rejects.toMatchObject({ code: 'sink_timeout' });
  writes[0]?.end();
  await appends[0];
  await expect.poll(() => writes.length).toBe(2);
  writes[1]?.end();
  await appends[1];
  await commits.idle();
  expect(isMade).toBe(false);
  expect(writes).toHaveLength(2);
});

test('counts the bytes that wait or are being written, until their write has ended', async () => {
  const { write, writes } = createManualWrite();
  const commits = createGroupCommit(write);
  const givenUp = commits.append(textOf('given up'), 5);
  const late = commits.append(textOf('late'), 5);
  const next = commits.append(textOf('next'), hour);
  expect(commits.bytes).toBe(16);
  await expect(givenUp).rejects.toMatchObject({ code: 'sink_timeout' });
  await expect(late).rejects.toMatchObject({ code: 'sink_timeout' });
  // The first group is still being written, so its bytes still count.
  expect(commits.bytes).toBe(12);
  writes[0]?.end(new Error('a test said so'));
  await expect.poll(() => writes.length).toBe(2);
  expect(commits.bytes).toBe(4);
  writes[1]?.end();
  await next;
  expect(commits.bytes).toBe(0);
  expect(writes.map(({ text }) => text)).toEqual(['given up', 'next']);
});
