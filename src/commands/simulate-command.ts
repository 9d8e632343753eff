import { Command } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { toJsonText } from '../runtime/format.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { EventSource } from '../tools/provider/simulator/event-source.ts';
import { Ledger } from '../tools/provider/simulator/ledger.ts';
import { createPoster, reportFirstFailure } from '../tools/provider/simulator/poster.ts';
import { runSimulation } from '../tools/provider/simulator/run-simulation.ts';
import {
  formatSimulationReport,
  type SimulationProgress,
  type SimulationReport,
} from '../tools/provider/simulator/simulation-report.ts';
import { type CommandIo, writeLine, writeText } from './command-io.ts';
import { showProgress } from './progress.ts';
import { addSimulateOptions, type SimulateFlags, toSimulationOptions } from './simulate-options.ts';
import { readTarget } from './target-options.ts';

export function createSimulateCommand(io: CommandIo): Command {
  const command = new Command('simulate').description(
    'simulate the provider: send events of messages, profiles and chats, and retry as the provider does',
  );
  return addSimulateOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  comapi-webhook simulate --secret-file data/secret --count 100000
  comapi-webhook simulate --rate 500 --duration 5m --batch-size 100 --time-scale 60 \\
    --ledger ledger.jsonl --json

Exits with 1 if an event was lost, and with 2 if the run was stopped before every event was accepted or lost.`,
    )
    .action(async (flags: SimulateFlags) => io.exit(await simulate(flags, io)));
}

/** @returns the exit code */
async function simulate(flags: SimulateFlags, io: CommandIo): Promise<number> {
  const options = toSimulationOptions(flags);
  const target = readTarget(flags, io.env);
  const source = new EventSource(options.seed, {
    // A run that is repeated with its seed sends the same bytes.
    firstTimestamp: flags.seed === undefined ? systemClock.epochMs() : undefined,
    intervalMs: flags.interval,
    isTest: flags.asProvider !== true,
  });
  const ledger = flags.ledger === undefined ? undefined : openLedger(flags.ledger);
  const poster = reportFirstFailure(createPoster(target), target.url, (text) => writeLine(io.stderr, text));
  const stop = createStopSignal({
    ...io,
    onStop: () => io.stderr.write('\nStopping. Send another signal to exit immediately.\n'),
  });

  let progress: (() => SimulationProgress) | undefined;
  const progressDisplay = showProgress(io.stderr, () => toProgressState(progress?.(), options.count), {
    linesElsewhere: true,
  });
  let report: SimulationReport;
  try {
    report = await runSimulation(options, {
      source,
      poster,
      ledger,
      stop,
      observe: (read) => {
        progress = read;
      },
    });
  } finally {
    progressDisplay.stop();
    poster.close();
    ledger?.close();
  }
  writeText(io.stdout, flags.json === true ? toJsonText(report) : formatSimulationReport(report));
  if (report.lost > 0) {
    return exitCodes.failed;
  }
  return report.unfinished === 0 ? exitCodes.done : exitCodes.noAnswer;
}

function openLedger(file: string): Ledger {
  try {
    return new Ledger(file);
  } catch (error) {
    const text = `--ledger: cannot write to the file: ${describeError(error)}`;
    throw new UsageError(text, { cause: error });
  }
}

export function toProgressState(progress: SimulationProgress | undefined, count: number) {
  const { elapsedMs = 0, sent = 0, accepted = 0, lost = 0 } = progress ?? {};
  return {
    done: accepted + lost,
    total: Number.isFinite(count) ? count : undefined,
    elapsedMs,
    detail: `, ${sent - accepted - lost} waiting, ${lost} lost`,
  };
}
