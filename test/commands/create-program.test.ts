import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';

const commands = [
  'receive',
  'filter',
  'send',
  'register',
  'replay',
  'forget',
  'spool',
  'topics',
  'status',
  'check',
];

test('the help names every command, and each command has its own', async () => {
  const { code, stdout } = await runCommand(['--help']);
  expect(code).toBe(0);
  for (const command of commands) {
    expect(stdout).toMatch(new RegExp(`^  ${command}`, 'm'));
    const help = await runCommand([command, '--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain(`Usage: comapi-webhook ${command}`);
  }
});

test('help shows what --help does, whatever exit code the process has until then', async () => {
  const { exitCode } = process;
  process.exitCode = 1;
  onTestFinished(() => {
    process.exitCode = exitCode;
  });
  expect(await runCommand(['help', 'check'])).toEqual(await runCommand(['check', '--help']));
  expect(await runCommand(['help'])).toEqual(await runCommand(['--help']));
  const unknown = await runCommand(['help', 'unknown']);
  expect(unknown).toMatchObject({ code: 2, stderr: 'error: there is no command "unknown"\n' });
});

test.each([[['unknown']], [['check', '--unknown']], [['topics', '--partitions', 'x']]])(
  '%j exits with 2 and names the help',
  async (args) => {
    const { code, stderr } = await runCommand(args);
    expect(code).toBe(2);
    expect(stderr).toContain('(use --help to see what is possible)');
  },
);
