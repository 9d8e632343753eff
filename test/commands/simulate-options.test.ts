import { Command } from 'commander';
import { expect, test } from 'vitest';
import {
  addSimulateOptions,
  checkSimulateFlags,
  type SimulateFlags,
  toSimulationOptions,
} from '../../src/commands/simulate-options.ts';

function parse(...args: readonly string[]) {
  const command = new Command('send').option('--batch-size <n>', '', Number).option('--name <name>', '', 'a');
  addSimulateOptions(command).parse(['node', 'send', ...args]);
  return { command, flags: command.opts<SimulateFlags>() };
}

test.each([
  [[], { count: 1_000, durationMs: Infinity, rate: undefined, batchSize: undefined, timeScale: 1 }],
  [['--duration', '30s'], { count: Infinity, durationMs: 30_000 }],
  [['--duration', '30s', '--count', '5'], { count: 5, durationMs: 30_000 }],
  [['--batch-size', '100', '--batch-timeout', '2'], { batchSize: 100, batchTimeoutMs: 2_000 }],
  [['--seed', '7'], { seed: 7 }],
])('--simulate %j', (args, options) => {
  const { flags, command } = parse('--simulate', ...args);
  checkSimulateFlags(flags, command);
  expect(toSimulationOptions(flags)).toMatchObject(options);
});

test('a seed is drawn where none is given', () => {
  const draw = () => toSimulationOptions(parse('--simulate').flags).seed;
  expect(new Set([draw(), draw(), draw()]).size).toBeGreaterThan(1);
});

const values: Readonly<Record<string, readonly string[]>> = {
  '--verify': [],
  '--json': [],
  '--as-provider': [],
  '--duration': ['1s'],
  '--ledger': ['f'],
  '--interval': ['1s'],
};
const flags = parse()
  .command.options.map(({ long }) => long ?? '')
  .filter((flag) => !['--simulate', '--batch-size', '--name'].includes(flag));

test.each(flags)('%s needs --simulate', (flag) => {
  const { flags: given, command } = parse(flag, ...(values[flag] ?? ['1']));
  expect(() => checkSimulateFlags(given, command)).toThrow(`${flag} means something with --simulate only`);
});

test.each([
  [['--name', 'b'], '--name means nothing with --simulate'],
  [['--batch-timeout', '5'], '--batch-timeout needs --batch-size'],
])('--simulate refuses %j', (args, message) => {
  const { flags: given, command } = parse('--simulate', ...args);
  expect(() => checkSimulateFlags(given, command)).toThrow(message);
});
