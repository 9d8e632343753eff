import { expect, test } from 'vitest';
import { runShell } from '../../../src/tools/drill/run-shell.ts';

test('what the line writes to standard output is given back', async () => {
  expect(await runShell('echo one; echo other >&2', 10_000)).toBe('one\n');
});

test('a line that fails is an error with what it wrote', async () => {
  await expect(runShell('echo "no such secret" >&2; exit 3', 10_000)).rejects.toThrow(
    '"echo "no such secret" >&2; exit 3" ended with 3: no such secret',
  );
});

test('one that takes too long is ended, with what it has started', async () => {
  await expect(runShell('sleep 600 & wait', 100)).rejects.toThrow('ended with SIGKILL');
});

test('it is in a process group of its own, so that Ctrl-C does not reach it', async () => {
  // Behind the name of the program, which may have blanks: state, parent, process group.
  const [, pid, group] = /^(\d+) .*\) \S+ \d+ (\d+) /.exec(await runShell('cat /proc/$$/stat', 10_000)) ?? [];
  expect(group).toBe(pid);
  expect(pid).toMatch(/^\d+$/);
});
