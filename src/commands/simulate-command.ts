import { Command } from 'commander';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { listTopics } from '../config/topic-names.ts';
import type { RecordSelection } from '../ports/record-reader.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { conclude } from '../runtime/finding.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { openStore } from '../stores/open-store.ts';
import { EventFates, Ledger } from '../tools/provider/simulator/event-fates.ts';
import { EventSource } from '../tools/provider/simulator/event-source.ts';
import { createPoster, reportFirstFailure } from '../tools/provider/simulator/poster.ts';
import { runSimulation } from '../tools/provider/simulator/run-simulation.ts';
import {
  formatSimulationReport,
  type SimulationProgress,
} from '../tools/provider/simulator/simulation-report.ts';
import {
  formatVerificationReport,
  judgeVerification,
  Verification,
  type VerificationDeps,
  type VerificationReport,
} from '../tools/provider/simulator/verify-stored.ts';
import { type CommandIo, writeLine, writeText } from './command-io.ts';
import { createCommandLogger } from './command-logger.ts';
import { loadAndWarn } from './load-config.ts';
import { showProgress } from './progress.ts';
import { addSimulateOptions, type SimulateFlags, toSimulationOptions } from './simulate-options.ts';
import { readTarget } from './target-options.ts';

export function createSimulateCommand(io: CommandIo): Command {
  const command = new Command('simulate').description(
    'act as the provider: send life cycles of messages, profiles, chats …, and retry as it does',
  );
  return addSimulateOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  comapi-webhook simulate --secret-file data/secret --count 100000 --verify
  comapi-webhook simulate --rate 500 --duration 5m --batch-size 100 --time-scale 60 \\
    --ledger ledger.jsonl --json

Exits with 1 when an event was lost, or when --verify does not find it; with 2 when it was ended before. --verify reads the store that
the receiver's variables name: KAFKA_BROKERS and KAFKA_TOPIC, RABBITMQ_URL, REDIS_URL, or DATA_DIR.`,
    )
    .action(async (flags: SimulateFlags) => io.exit(await simulate(flags, io)));
}

/** @returns the exit code */
async function simulate(flags: SimulateFlags, io: CommandIo): Promise<number> {
  const options = toSimulationOptions(flags);
  const target = readTarget(flags, io.env);
  const source = new EventSource(options.seed, {
    intervalMs: flags.interval,
    isTest: flags.asProvider !== true,
  });
  const fates = new EventFates();
  // It is opened before the run: what was stored earlier is not read.
  const config = flags.verify === true ? loadAndWarn(io, loadCommandConfig) : undefined;
  const stored = config && (await openStored(config, io));
  const ledger = flags.ledger === undefined ? undefined : openLedgerOrRefuse(flags.ledger);
  const poster = reportFirstFailure(createPoster(target), target.url, (text) => writeLine(io.stderr, text));
  const stop = createStopSignal({
    ...io,
    onStop: () => io.stderr.write('\nStopping. Another signal ends it at once.\n'),
  });

  let progress: (() => SimulationProgress) | undefined;
  const shown = showProgress(io.stderr, () => toProgressState(progress?.(), options.count));
  try {
    const report = await runSimulation(options, {
      source,
      poster,
      fates,
      ledger,
      stop,
      observe: (read) => {
        progress = read;
      },
    });
    shown.stop();
    const verification =
      stored && (await verifyOrReport(stored, { source, fates, keyRules: config.keyRules }, io));
    if (flags.json === true) {
      writeText(
        io.stdout,
        `${JSON.stringify({ ...report, ...(verification && { verification }) }, null, 2)}\n`,
      );
    } else {
      writeText(io.stdout, formatSimulationReport(report));
      if (verification !== undefined && stored !== undefined) {
        writeText(io.stdout, formatVerificationReport(verification, stored.name));
      }
    }
    const verified =
      stored === undefined
        ? exitCodes.done
        : verification === undefined
          ? exitCodes.noAnswer
          : conclude(judgeVerification(verification, stored.name)).code;
    // A loss is certain, whatever else is not known.
    if (report.lost > 0 || verified === exitCodes.failed) {
      return exitCodes.failed;
    }
    return report.unfinished === 0 ? verified : exitCodes.noAnswer;
  } finally {
    shown.stop();
    poster.close();
    ledger?.close();
  }
}

/** Of every topic that the events may go to: where it ends now, and what is stored behind that later. */
async function openStored({ store: config, topics, webhookTopics }: CommandConfig, io: CommandIo) {
  const store = await openStore(config);
  const logger = createCommandLogger(io);
  const selection: RecordSelection = {
    role: 'events',
    topics: [topics, ...webhookTopics].flatMap(listTopics),
    mayBeMissing: true,
  };
  const { name, parts, partOf } = await store.findEnds(selection, logger);
  return {
    name,
    partOf,
    read: () =>
      store.readRecords(
        { ...selection, after: parts },
        {
          follow: false,
          signal: new AbortController().signal,
          observer: { begins() {}, passed() {}, notice: (text) => writeLine(io.stderr, text) },
          logger,
        },
      ),
  };
}

/** When the store cannot be read, the report of the run is still printed. */
async function verifyOrReport(
  { read, partOf }: Awaited<ReturnType<typeof openStored>>,
  run: VerificationDeps,
  { stderr }: CommandIo,
): Promise<VerificationReport | undefined> {
  try {
    const verification = new Verification(run);
    for await (const records of read()) {
      for (const record of records) {
        verification.add(record, partOf);
      }
    }
    return verification.report();
  } catch (error) {
    writeLine(stderr, `error: not verified: ${describeError(error)}`);
    return undefined;
  }
}

function openLedgerOrRefuse(file: string): Ledger {
  try {
    return new Ledger(file);
  } catch (error) {
    const text = `--ledger: the file cannot be written: ${describeError(error)}`;
    throw new UsageError(text, { cause: error });
  }
}

function toProgressState(progress: SimulationProgress | undefined, count: number) {
  const { elapsedMs = 0, sent = 0, accepted = 0, lost = 0 } = progress ?? {};
  return {
    done: accepted + lost,
    total: Number.isFinite(count) ? count : undefined,
    elapsedMs,
    detail: `, ${sent - accepted - lost} waiting, ${lost} lost`,
  };
}
