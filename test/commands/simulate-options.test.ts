import { Command } from 'commander';
import { expect, test } from 'vitest';
import {
  addSimulateOptions,
  type SimulateFlags,
  toSimulationOptions,
} from '../../src/commands/simulate-options.ts';

function parse(...args: readonly string[]): SimulateFlags {
  return addSimulateOptions(new Command('simulate'))
    .parse(['node', 'simulate', ...args])
    .opts();
}

test.each([
  [[], { count: 1_000, durationMs: Infinity, rate: undefined, batchSize: undefined, timeScale: 1 }],
  [['--duration', '30s'], { count: Infinity, durationMs: 30_000 }],
  [['--duration', '30s', '--count', '5'], { count: 5, durationMs: 30_000 }],
  [['--batch-size', '100'], { batchSize: 100, batchTimeoutMs: 1_000 }],
  [['--seed', '7'], { seed: 7 }],
])('%j', (args, options) => {
  expect(toSimulationOptions(parse(...args))).toMatchObject(options);
});

test('a seed is drawn where none is given', () => {
  const draw = () => toSimulationOptions(parse()).seed;
  expect(new Set([draw(), draw(), draw()]).size).toBeGreaterThan(1);
});
