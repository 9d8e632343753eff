import { Command } from 'commander';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { loadReconciledTopic } from '../config/topic-names.ts';
import { collectSkipped, type RecordSelection, type StoredRecord } from '../ports/record-reader.ts';
import { UsageError } from '../runtime/errors.ts';
import { conclude, type Finding } from '../runtime/finding.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { untilAborted } from '../runtime/until-aborted.ts';
import { openStore } from '../stores/open-store.ts';
import { formatJson, formatLine } from '../tools/records/format-record.ts';
import { createNameTest, Unwanted } from '../tools/records/select-records.ts';
import { type CommandIo, createCommandLogger, watchOutput, writeLine } from './command-io.ts';
import { loadAndWarn } from './load-config.ts';
import { collect, parseStart, parseTime, requireBefore } from './option-parsers.ts';

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
    .description('show events, dead letters, latest states or states that were asked for, as they are stored')
    .option(
      '--since <time>',
      'begin with what was stored then (ISO 8601, UTC without a zone, or 2h for two hours ago)',
      parseStart,
    )
    .option('--until <time>', 'end with what was stored before this time, and follow nothing', parseTime)
    .option('--name <name>', 'only events of this name, or family.*; may be repeated', collect)
    .option('--dead-letters', 'show dead letters instead of events')
    .option('--latest', 'show the latest states that the revision filter writes')
    .option('--reconciled', 'show the states that "reconcile --messages --write" has stored')
    .option('--no-follow', 'end with what is stored now; without --since all of it is shown')
    .addHelpText(
      'after',
      `
Reads the store that the receiver's variables name, joins no consumer group and leaves nothing behind. On a terminal each
event is one line without its payload, elsewhere one JSON object a line with all of it, to select from with jq.

Examples:
  comapi-webhook tail
  comapi-webhook tail --since 2h --name 'message.*' --no-follow
  comapi-webhook tail --dead-letters --since 2026-11-27T08:00Z | jq .headers.reason`,
    )
    .action(async (flags: TailFlags) => {
      const config = loadAndWarn(io, loadCommandConfig);
      checkUse(flags);
      const { text, code } = conclude(await tail(flags, config, io));
      if (text !== '') {
        writeLine(io.stderr, code === exitCodes.done ? text : `error: ${text}`);
      }
      io.exit(code);
    });
}

function checkUse({ since, until, deadLetters, latest, reconciled }: TailFlags): void {
  requireBefore('--since', since, '--until', until);
  if ([deadLetters, latest, reconciled].filter((each) => each === true).length > 1) {
    throw new UsageError('--dead-letters, --latest and --reconciled are kept apart: give one of them');
  }
}

/** After so long somebody wonders why nothing is shown. */
const hintMs = 10_000;

/** @returns whether all was shown that is there; one that follows, or is ended, does not ask that */
async function tail(flags: TailFlags, config: CommandConfig, io: CommandIo): Promise<Finding> {
  const { since, until, name } = flags;
  const store = await openStore(config.store);
  const output = watchOutput(io.stdout);
  const stop = createStopSignal({ ...io, onStop: () => {} });
  const follow = flags.follow && until === undefined;
  const signal = AbortSignal.any([stop, output.closed]);
  const unwanted = new Unwanted();
  const { observer, skipped } = collectSkipped({
    onStart: (part) => unwanted.begins(part),
    onProgress() {},
    onWarning: (text) => writeLine(io.stderr, text),
  });
  const records = store.readRecords(
    {
      ...selectTopics(flags, config, io),
      sinceMs: since ?? (follow ? undefined : 0),
      untilMs: until,
    },
    {
      follow,
      signal,
      observer,
      logger: createCommandLogger(io),
    },
  );
  const isWanted = createNameTest(name);
  const format = createFormat(io);
  let isAnyShown = false;
  // A name that is misspelt shows nothing for ever, as one that has not come yet.
  const hint = setInterval(() => {
    if (follow && !isAnyShown && unwanted.isAny) {
      writeLine(io.stderr, unwanted.describe());
      clearInterval(hint);
    }
  }, hintMs).unref();
  for await (const batch of untilAborted(records, signal)) {
    const chosen = batch.filter(isWanted);
    isAnyShown ||= chosen.length > 0;
    if (chosen.length > 0) {
      await output.write(chosen.map(format).join(''));
    } else if (!isAnyShown) {
      unwanted.add(batch);
    }
  }
  clearInterval(hint);
  if (follow || signal.aborted) {
    return { answer: 'yes', text: '' };
  }
  return skipped.length > 0
    ? { answer: 'not known', whether: 'there is more', why: skipped.join(' ') }
    : { answer: 'yes', text: isAnyShown ? '' : unwanted.describe() };
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

function createFormat({ env, stdout }: CommandIo): (record: StoredRecord) => string {
  if (stdout.isTTY !== true) {
    return formatJson;
  }
  const style = { colour: stdout.hasColors?.(env) === true };
  return (record) => formatLine(record, style);
}
