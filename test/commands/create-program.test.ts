import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const commands = ['receive', 'filter', 'send', 'register', 'replay', 'forget', 'topics', 'status', 'check'];

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

test('help prints the same as --help, of the program and of a command', async () => {
  expect(await runCommand(['help', 'send'])).toEqual(await runCommand(['send', '--help']));
  expect(await runCommand(['help'])).toEqual(await runCommand(['--help']));
  expect(await runCommand(['help', 'sned'])).toMatchObject({
    ...{
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('unknown command "sned". Did you mean "send"?'),
    },
  });
});

test('the version says what was built, or that nothing was', async () => {
  const { code, stdout } = await runCommand(['--version']);
  expect([code, stdout]).toEqual([0, `${packageJson.version} (started from source, not from a build)\n`]);
});

test.each([
  ...[['unknown'], ['check', '--unknown']].map((args) => [args, 'unknown'] as const),
  [['send', '--batch-size', 'x'], 'from 1 to 500.'],
  [['simulate', '--batch-size', 'x'], 'from 1 to 500.'],
  [['simulate', '--count', 'x'], 'from 1 to 10000000000.'],
  [['simulate', '--seed', 'x'], 'from 0 to 4294967295.'],
  [['register', '--batch-size', 'x'], 'from 1 to 500.'],
  [['register', '--batch-timeout', 'x'], 'from 1 to 60.'],
  [['topics', '--partitions', 'x'], 'from 1 to 10000.'],
  [['topics', '--dead-letter-partitions', 'x'], 'from 1 to 10000.'],
  [['topics', '--replication-factor', 'x'], 'from 1 to 100.'],
  [['topics', '--min-insync-replicas', 'x'], 'from 1 to 100.'],
] as const)('%j exits with 2, says what is wrong and names the help', async (args, text) => {
  const { code, stderr } = await runCommand(args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
  expect(stderr).toContain('(use --help to see all commands and options)');
});

test.each([
  ['topics', 12],
  ['reconcile', 20],
  ['simulate', 1],
])('the help of %s names its default %d', async (name, number) => {
  expect((await runCommand([name, '--help'])).stdout).toMatch(new RegExp(`\\(default:\\s+${number}\\)`));
});

describe('--env-file', () => {
  function writeVariables(text: string): string {
    const file = join(temporaryDirectory(), 'night.env');
    writeFileSync(file, text);
    return file;
  }

  test.each([['tail'], ['find', 'm-1'], ['check'], ['topics']])('%s reads its variables', async (...args) => {
    const file = writeVariables('# at night\nKAFKA_BROKERS="no port"\n');
    const { code, stdout, stderr } = await runCommand([...args, '--env-file', file]);
    expect(code).toBeGreaterThan(0);
    expect(stdout + stderr).toContain('KAFKA_BROKERS: "no port" is not');
  });

  test('a variable that is set already stays', async () => {
    const file = writeVariables('KAFKA_BROKERS="no port"\nKAFKA_TOPIC=a b\n');
    const { stderr } = await runCommand(['tail', '--env-file', file], { KAFKA_BROKERS: '127.0.0.1:1' });
    expect(stderr).not.toContain('KAFKA_BROKERS');
    expect(stderr).toContain('KAFKA_TOPIC: "a b" is not');
  });

  test('a file that cannot be read is refused', async () => {
    const { code, stderr } = await runCommand(['tail', '--env-file', '/nowhere/night.env']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('--env-file: the file /nowhere/night.env cannot be read: ENOENT'),
    ]);
  });
});
