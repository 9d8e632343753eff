import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { guardProcess } from '../../support/guard-process.ts';
import { noteStall, stalledMs, watchStalls } from './stall-watch.ts';
import { createTrafficLog } from './traffic-log.ts';

test('time in which both stood still counts once', () => {
  const log = createTrafficLog();
  noteStall(log, 1_000, 1_100);
  noteStall(log, 1_200, 1_300);
  noteStall(log, 1_050, 1_400);
  noteStall(log, 2_000, 2_100);
  expect(log.stalls).toEqual([
    { from: 1_000, to: 1_400 },
    { from: 2_000, to: 2_100 },
  ]);
  expect(stalledMs(log, 1_300, 2_050)).toBe(150);
});

test('a service stands still while another process has its processor', async () => {
  // Both processes are bound to the same core, so each gets half of its CPU time.
  const [service] = [0, 1].map(() => {
    const child = spawn('taskset', ['-c', '0', 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' });
    guardProcess(child);
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  });
  const log = createTrafficLog();
  onTestFinished(watchStalls(log, () => service?.pid ?? 0));
  await expect.poll(() => stalledMs(log, 0, Date.now())).toBeGreaterThan(200);
});
