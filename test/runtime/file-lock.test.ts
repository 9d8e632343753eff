import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { FileLock } from '../../src/runtime/file-lock.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const newFile = () => join(temporaryDirectory(), 'run.jsonl');

test('one has the file at a time, and the next one when it is released', async () => {
  const file = newFile();
  const first = await FileLock.take(file);
  expect(await FileLock.take(file)).toBeUndefined();
  await first?.check();
  await first?.release();
  expect(existsSync(`${file}.lock`)).toBe(false);
  const second = await FileLock.take(file);
  await second?.check();
  await second?.release();
});

test('the lock of a process that was killed is free after a while', async () => {
  const file = newFile();
  writeFileSync(`${file}.lock`, '');
  const next = await FileLock.take(file);
  onTestFinished(() => next?.release());
  await next?.check();
});

test('who stood still finds out that another one has it, and leaves that one its lock', async () => {
  const file = newFile();
  const first = await FileLock.take(file);
  // As the next one does when it has seen no change for long.
  rmSync(`${file}.lock`);
  const second = await FileLock.take(file);
  onTestFinished(() => second?.release());
  await expect(first?.check()).rejects.toThrow('was taken by another process');
  await first?.release();
  await delay(0);
  await second?.check();
});
