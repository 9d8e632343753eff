import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import type { SimulationOptions } from '../tools/provider/simulator/run-simulation.ts';
import { createIntegerParser, parseDurationMs, parsePositiveNumber } from './option-parsers.ts';
import { addTargetOptions, type TargetFlags } from './target-options.ts';

export interface SimulateFlags extends TargetFlags {
  readonly asProvider?: boolean;
  readonly count?: number;
  readonly duration?: number;
  readonly rate?: number;
  readonly batchSize?: number;
  readonly timeScale: number;
  readonly seed?: number;
  readonly interval?: number;
  readonly ledger?: string;
  readonly json?: boolean;
}

const maxSeed = 2 ** 32 - 1;
const defaultCount = 1_000;

export function addSimulateOptions(command: Command): Command {
  return addTargetOptions(command)
    .option(
      '--batch-size <events>',
      'send batches of at most this many events, 1 to 500',
      createIntegerParser(1, 500),
    )
    .option(
      '--as-provider',
      "use the provider's event names, so that alerts, counts, the filter and consumers treat the events as real",
    )
    .option(
      '--count <events>',
      `send this many events in total (default: ${defaultCount}; with --duration, no limit)`,
      createIntegerParser(1, 1e10),
    )
    .option(
      '--duration <duration>',
      'stop sending new events after this time, such as 30s or 5m',
      parseDurationMs,
    )
    .option(
      '--rate <events>',
      'send this many events per second, regardless of responses (default: as fast as the receiver responds)',
      parsePositiveNumber,
    )
    .option('--time-scale <factor>', 'run the retry schedule this many times faster', parsePositiveNumber, 1)
    .option(
      '--seed <number>',
      'generate the same events in each run with this seed, dated from 1 January 2026 (default: random, dated from now)',
      createIntegerParser(0, maxSeed),
    )
    .option(
      '--interval <duration>',
      'interval between the timestamps of two events (default: 7ms); "reconcile" counts by these timestamps',
      parseDurationMs,
    )
    .option('--ledger <file>', 'write the outcome of each event to this file, one JSON line for each event')
    .option('--json', 'print the report as JSON');
}

export function toSimulationOptions(flags: SimulateFlags): SimulationOptions & { readonly seed: number } {
  const { count, duration, rate, batchSize, timeScale, seed } = flags;
  return {
    count: count ?? (duration === undefined ? defaultCount : Number.POSITIVE_INFINITY),
    durationMs: duration ?? Number.POSITIVE_INFINITY,
    rate,
    concurrency: 64,
    batchSize,
    batchTimeoutMs: 1_000,
    timeScale,
    seed: seed ?? randomInt(2 ** 32),
  };
}
