import { randomInt } from 'node:crypto';
import { Command } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { toJsonText } from '../runtime/format.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { EventSource } from '../tools/provider/simulator/event-source.ts';
import {
  classifyResponse,
  describePostFailure,
  type PostResult,
  postDelivery,
} from '../tools/provider/simulator/post-delivery.ts';
import { runSimulation, type SimulationOptions } from '../tools/provider/simulator/run-simulation.ts';
import {
  formatSimulationReport,
  Ledger,
  SimulationTally,
} from '../tools/provider/simulator/simulation-report.ts';
import { type CommandIo, writeLine, writeText } from './command-io.ts';
import { createIntegerParser, parseDurationMs, parsePositiveNumber } from './option-parsers.ts';
import { showProgress } from './progress.ts';
import { addTargetOptions, readTarget, type TargetFlags } from './target-options.ts';

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

const maxRandomSeed = 2 ** 32 - 1;
const defaultEventCount = 1_000;

export function createSimulateCommand(io: CommandIo): Command {
  const command = new Command('simulate').description(
    'simulate the provider: send events of messages, profiles and chats, and retry as the provider does',
  );
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
      `send this many events in total (default: ${defaultEventCount}; with --duration, no limit)`,
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
      'generate the same events in every run with this seed, with timestamps from 1 January 2026 (default: random events, with timestamps from now)',
      createIntegerParser(0, maxRandomSeed),
    )
    .option(
      '--interval <duration>',
      'interval between the timestamps of two consecutive events (default: 7ms); "reconcile" counts events by these timestamps',
      parseDurationMs,
    )
    .option('--ledger <file>', 'write the outcome of each event to this file, one JSON line for each event')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  comapi-webhook simulate --secret-file data/secret --count 100000
  comapi-webhook simulate --rate 500 --duration 5m --batch-size 100 --time-scale 60 \\
    --ledger ledger.jsonl --json

Exits with 1 if an event was lost, and with 2 if the run was stopped before every event was accepted or lost.`,
    )
    .action(async (flags: SimulateFlags) => io.exit(await runSimulateCommand(flags, io)));
}

export function toSimulationOptions(flags: SimulateFlags): SimulationOptions & { readonly seed: number } {
  const { count, duration, rate, batchSize, timeScale, seed } = flags;
  return {
    count: count ?? (duration === undefined ? defaultEventCount : Number.POSITIVE_INFINITY),
    durationMs: duration ?? Number.POSITIVE_INFINITY,
    rate,
    concurrency: 64,
    batchSize,
    batchTimeoutMs: 1_000,
    timeScale,
    seed: seed ?? randomInt(2 ** 32),
  };
}

/** @returns the exit code */
async function runSimulateCommand(flags: SimulateFlags, io: CommandIo): Promise<number> {
  const options = toSimulationOptions(flags);
  const target = readTarget(flags, io.env);
  const source = new EventSource(options.seed, {
    // A run with a given seed always sends the same bytes.
    firstTimestamp: flags.seed === undefined ? systemClock.epochMs() : undefined,
    intervalMs: flags.interval,
    isTest: flags.asProvider !== true,
  });
  const ledger = flags.ledger === undefined ? undefined : openLedgerFile(flags.ledger);
  const tally = new SimulationTally(source, ledger);
  const stopSignal = createStopSignal({
    ...io,
    onStop: () => io.stderr.write('\nStopping. Send another signal to exit immediately.\n'),
  });
  const startedAt = systemClock.now();
  const progress = showProgress(
    io.stderr,
    () => toProgressState({ ...tally.counts, elapsedMs: systemClock.now() - startedAt }, options.count),
    { linesElsewhere: true },
  );
  let isFailureReported = false;

  async function postBody(body: Buffer): Promise<PostResult> {
    const result = await postDelivery({ ...target, body });
    // The first failure is reported immediately, because retries take up to a day.
    if (!isFailureReported && classifyResponse(result) !== 'accepted') {
      isFailureReported = true;
      writeLine(io.stderr, describePostFailure(target.url, result));
    }
    return result;
  }

  try {
    await runSimulation(options, { source, post: postBody, tally, stop: stopSignal });
  } finally {
    progress.stop();
    ledger?.close();
  }
  const report = tally.report();
  writeText(io.stdout, flags.json === true ? toJsonText(report) : formatSimulationReport(report));
  if (report.lost > 0) {
    return exitCodes.failed;
  }
  return report.unfinished === 0 ? exitCodes.done : exitCodes.noAnswer;
}

function openLedgerFile(file: string): Ledger {
  try {
    return new Ledger(file);
  } catch (error) {
    const text = `--ledger: cannot write to the file: ${describeError(error)}`;
    throw new UsageError(text, { cause: error });
  }
}

interface SimulationProgress {
  readonly elapsedMs: number;
  readonly sent: number;
  readonly accepted: number;
  readonly lost: number;
}

export function toProgressState({ elapsedMs, sent, accepted, lost }: SimulationProgress, count: number) {
  return {
    done: accepted + lost,
    total: Number.isFinite(count) ? count : undefined,
    elapsedMs,
    detail: `, ${sent - accepted - lost} waiting, ${lost} lost`,
  };
}
