import { Command, Option } from 'commander';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { loadReconciledTopic } from '../config/topic-names.ts';
import { collectSkipped, type RecordSelection, type StoredRecord } from '../ports/record-reader.ts';
import { type Finding, removeFullStop, toConclusion } from '../runtime/finding.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { untilAborted } from '../runtime/until-aborted.ts';
import { openStore } from '../stores/open-store.ts';
import { formatJson, formatLine } from '../tools/records/format-record.ts';
import { createNameTest, UnselectedNames } from '../tools/records/select-records.ts';
import { type CommandIo, createCommandLogger, watchOutput, writeLine } from './command-io.ts';
import { loadConfigWithWarnings } from './load-config.ts';
import { parseSearchStart, parseTime, requireChronologicalOrder } from './option-parsers.ts';

interface TailFlags {
  readonly since?: number;
  readonly until?: number;
  readonly name?: readonly string[];
  readonly deadLetters?: boolean;
  readonly latest?: boolean;
  readonly reconciled?: boolean;
  readonly follow: boolean;
}

export function createTailCommand(io: CommandIo): Command {
  return new Command('tail')
    .description('print events, dead letters, latest states, or states from "reconcile", as they are stored')
    .option(
      '--since <time>',
      'start with records stored at this time (ISO 8601, UTC by default, or 2h for two hours ago)',
      parseSearchStart,
    )
    .option('--until <time>', 'print only records stored before this time, and exit', parseTime)
    .option('--name <name...>', 'print only events with this name, or family.*; may be repeated')
    .addOption(
      new Option('--dead-letters', 'print dead letters instead of events').conflicts([
        'latest',
        'reconciled',
      ]),
    )
    .addOption(
      new Option('--latest', 'print the latest states that the revision filter writes').conflicts(
        'reconciled',
      ),
    )
    .option('--reconciled', 'print the states that "reconcile --messages --write" stored')
    .option(
      '--no-follow',
      'exit after printing the records that are already stored; without --since, print all of them',
    )
    .addHelpText(
      'after',
      `
Reads the configured store without joining a consumer group or writing anything. On a terminal, prints one line for each event,
without its payload. Otherwise, prints each whole record as one JSON object per line, for example for jq.

Examples:
  comapi-webhook tail
  comapi-webhook tail --since 2h --name 'message.*' --no-follow
  comapi-webhook tail --dead-letters --since 2026-11-27T08:00Z | jq .headers.reason`,
    )
    .action(async (flags: TailFlags) => {
      const config = loadConfigWithWarnings(io, loadCommandConfig);
      requireChronologicalOrder('--since', flags.since, '--until', flags.until);
      const { text, code } = toConclusion(await printRecords(flags, config, io));
      if (text !== '') {
        writeLine(io.stderr, code === exitCodes.done ? text : `error: ${text}`);
      }
      io.exit(code);
    });
}

/** Time without output after which the command prints a hint. */
const hintDelayMs = 10_000;

/**
 * Prints records. @returns whether all selected records were printed; with `--follow` or after a stop, the result is
 * always `yes`
 */
async function printRecords(flags: TailFlags, config: CommandConfig, io: CommandIo): Promise<Finding> {
  const { since, until, name } = flags;
  const store = await openStore(config.store);
  const output = watchOutput(io.stdout);
  const stopSignal = createStopSignal({ ...io, onStop: () => {} });
  const shouldFollow = flags.follow && until === undefined;
  const signal = AbortSignal.any([stopSignal, output.closed]);
  const skippedNames = new UnselectedNames();
  const { observer, skipped } = collectSkipped({
    onStart: (part) => skippedNames.begins(part),
    onProgress() {},
    onWarning: (text) => writeLine(io.stderr, text),
  });
  const records = store.readRecords(
    {
      ...selectTopics(flags, config, io),
      sinceMs: since ?? (shouldFollow ? undefined : 0),
      untilMs: until,
    },
    {
      follow: shouldFollow,
      signal,
      observer,
      logger: createCommandLogger(io),
    },
  );
  const matchesName = createNameTest(name);
  const format = createRecordFormat(io);
  let hasPrintedRecords = false;
  // A hint is needed because the output for a misspelled name is the same as for a valid name without events.
  const hint = setInterval(() => {
    if (shouldFollow && !hasPrintedRecords && skippedNames.isAny) {
      writeLine(io.stderr, skippedNames.describe());
      clearInterval(hint);
    }
  }, hintDelayMs).unref();
  for await (const batch of untilAborted(records, signal)) {
    const matchingRecords = batch.filter(matchesName);
    hasPrintedRecords ||= matchingRecords.length > 0;
    if (matchingRecords.length > 0) {
      await output.write(matchingRecords.map(format).join(''));
    } else if (!hasPrintedRecords) {
      skippedNames.add(batch);
    }
  }
  clearInterval(hint);
  if (shouldFollow || signal.aborted) {
    return { answer: 'yes', text: '' };
  }
  return skipped.length > 0
    ? {
        answer: 'not known',
        text: `Cannot tell whether there are more records: ${removeFullStop(skipped.join(' '))}.`,
      }
    : { answer: 'yes', text: hasPrintedRecords ? '' : skippedNames.describe() };
}

function selectTopics(
  { deadLetters, latest, reconciled }: TailFlags,
  config: CommandConfig,
  { env }: CommandIo,
): Pick<RecordSelection, 'role' | 'topics' | 'extraDirectory'> {
  if (reconciled === true) {
    const events = loadReconciledTopic(env, config);
    return { role: 'events', topics: [{ ...config.topics, events }], extraDirectory: 'reconciled' };
  }
  return {
    role: deadLetters === true ? 'dead-letter' : latest === true ? 'latest' : 'events',
    topics: config.allTopics,
  };
}

function createRecordFormat({ env, stdout }: CommandIo): (record: StoredRecord) => string {
  if (stdout.isTTY !== true) {
    return formatJson;
  }
  const style = { colour: stdout.hasColors?.(env) === true };
  return (record) => formatLine(record, style);
}
