import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '../support/wait-until.ts';

const program = new URL('../support/stalling-process.ts', import.meta.url).pathname;

interface Line {
  readonly msg: string;
  readonly forMs?: number;
  readonly ranMs?: number;
  readonly ms?: number;
}

function start(how: string): { readonly child: ChildProcess; readonly lines: () => Line[] } {
  const child = spawn(process.execPath, [program, how], { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return {
    child,
    lines: () => {
      const whole = text.split('\n').slice(0, -1);
      return whole.map((line) => JSON.parse(line) as Line);
    },
  };
}

test('a process that never comes back from its microtasks is named while it stands still', async () => {
  const { lines } = start('microtasks');
  await waitUntil(async () => lines().length > 0, { timeoutMs: 30_000, what: 'a line is written' });
  const [line] = lines();
  expect(line).toMatchObject({ level: 'error', msg: 'the event loop stands still' });
  expect(line?.forMs).toBeGreaterThanOrEqual(1_000);
  expect(line?.ranMs).toBeGreaterThan(0);
});

test('a step of three seconds is named while it runs, and counted when it is over', async () => {
  const { child, lines } = start('step');
  await once(child, 'exit');
  expect(child.exitCode).toBe(0);
  expect(lines().map(({ msg }) => msg)).toEqual(
    expect.arrayContaining([
      'the event loop stands still',
      'the event loop stood still, and turns again',
      'counted',
    ]),
  );
  const counted = lines().find(({ msg }) => msg === 'counted');
  expect(counted?.ms).toBeGreaterThanOrEqual(2_500);
});

test('a process that waits is not named, and its end does not wait for the watch', async () => {
  const { child, lines } = start('idle');
  await once(child, 'exit');
  expect(child.exitCode).toBe(0);
  // It may be that this machine gives it no processor for a second: then it has not run.
  expect(lines().filter(({ ranMs = 0 }) => ranMs >= 1_000)).toEqual([]);
});
