import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { MessageResult } from '../../../src/tools/reconcile/reconcile-messages.ts';
import { type MessagesRun, ResumeFile } from '../../../src/tools/reconcile/resume-file.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const given: MessagesRun = {
  begun: '2026-01-01T00:00:00Z',
  fromMs: 1,
  beforeMs: 2,
  recentMs: 3,
  writesTo: null,
};
const result = (messageId: string): MessageResult => ({
  ...{ messageId, outcome: 'agrees' },
  stored: { name: 'message.sent', atMs: 1 },
});

test('a second run of a file is refused while the first one goes on, and changes nothing; then it goes on with it', async () => {
  const file = join(temporaryDirectory(), 'run.jsonl');
  const first = await ResumeFile.open(file, given);
  await first.append([result('a')]);
  const before = readFileSync(file, 'utf8');
  await expect(ResumeFile.open(file, given)).rejects.toThrow(
    `--resume: another run uses ${file}: wait for it, or name another file`,
  );
  expect(readFileSync(file, 'utf8')).toBe(before);
  await first.append([result('b')]);
  await first.close();

  const second = await ResumeFile.open(file, { ...given, begun: 'later' });
  onTestFinished(() => second.close());
  expect([second.isResumed, second.run.begun]).toEqual([true, given.begun]);
  const told: string[] = [];
  for await (const { messageId } of second.results()) {
    told.push(messageId);
  }
  expect(told).toEqual(['a', 'b']);
});

test('a run that stood still, and whose file another one has, writes nothing more', async () => {
  const file = join(temporaryDirectory(), 'run.jsonl');
  const first = await ResumeFile.open(file, given);
  onTestFinished(() => first.close());
  // As the next run does when it has seen no change of it for long.
  rmSync(`${file}.lock`);
  const before = readFileSync(file, 'utf8');
  await expect(first.append([result('a')])).rejects.toThrow('was taken by another process');
  await expect(first.complete()).rejects.toThrow('was taken by another process');
  expect(readFileSync(file, 'utf8')).toBe(before);
});
