import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import type { SimulationOptions } from '../tools/provider/simulator/run-simulation.ts';
import { createIntegerParser, parseDurationMs, parsePositiveNumber } from './option-parsers.ts';
import { addTargetOptions, type TargetFlags } from './target-options.ts';

/** Options of `simulate`, as commander gives them. */
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
      'send arrays of at most this many events, 1 to 500',
      createIntegerParser(1, 500),
    )
    .option(
      '--as-provider',
      "give the events the provider's names: alerts, counts, the filter and consumers take them for its events",
    )
    .option(
      '--count <events>',
      `total of events (default: ${defaultCount}, none with --duration)`,
      createIntegerParser(1, 1e10),
    )
    .option('--duration <duration>', 'send no new events after this time, such as 30s or 5m', parseDurationMs)
    .option(
      '--rate <events>',
      'events per second, whatever the answers; without it as fast as answers come',
      parsePositiveNumber,
    )
    .option('--time-scale <factor>', 'run the retry schedule this many times faster', parsePositiveNumber, 1)
    .option(
      '--seed <number>',
      'the same seed gives the same events (default: a new one)',
      createIntegerParser(0, maxSeed),
    )
    .option(
      '--interval <duration>',
      'between the timestamps of two events (default 7ms): what "reconcile" counts by hour',
      parseDurationMs,
    )
    .option('--ledger <file>', "write each event's fate to this file, one JSON line each")
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
