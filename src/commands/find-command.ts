import { Command } from 'commander';
import { loadCommandConfig } from '../config/command-config.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { concludeAll } from '../runtime/finding.ts';
import { toPrintable } from '../runtime/foreign-text.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { formatView, toViewJson } from '../tools/reconcile/message-view.ts';
import { parseCondition } from '../tools/records/event-conditions.ts';
import { formatLife, judge, toLifeJson } from '../tools/records/format-life.ts';
import { type CommandIo, formatTable, writeLine } from './command-io.ts';
import { type FindQuestion, type Found, findInStore } from './find-in-store.ts';
import { loadAndWarn } from './load-config.ts';
import { collect, parseStart, parseTime, requireBefore } from './option-parsers.ts';
import { readKeysFile } from './read-keys-file.ts';
import { watchOutput } from './watch-output.ts';

interface FindFlags {
  readonly since?: number;
  readonly until?: number;
  readonly where?: readonly string[];
  readonly keysFile?: string;
  readonly byEventId?: boolean;
  readonly json?: boolean;
}

const usualSince = '7d';
const mostIds = 10_000;

export function createFindCommand(io: CommandIo): Command {
  return new Command('find')
    .description('say where a message or another entity is, what became of it, and why')
    .argument('[id]', 'key of its records, such as the messageId, or the id of an event')
    .option(
      '--since <time>',
      `look at what was stored since then (ISO 8601, UTC without a zone, or 2h for two hours ago; default ${usualSince})`,
      parseStart,
    )
    .option('--until <time>', 'look at what was stored before then', parseTime)
    .option(
      '--where <member=value>',
      'instead of an id: whatever has an event with this value, as payload.to=447700900000; may be repeated',
      collect,
    )
    .option('--keys-file <file>', 'instead of an id: a file with an id a line; - is standard input')
    .option('--by-event-id', 'look everywhere at once: also for the event with this id')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
The first line is the answer; what it was read from follows. Each event has its time, revision, channel and place, and why it
failed, as far as the provider says; "obsolete" came after a higher revision, "repeated" was there before. When nothing is
found where an id belongs, everything is looked through, for a key or an event with this id. With COMAPI_API_USERNAME and
COMAPI_API_PASSWORD it also says what the provider knows of the message. Exits with 0 when it was found, with 1 when it, or
one of several, is not there, and with 2 when that is not known: the use is wrong, the store could not be read, or the search
was ended.

Examples:
  comapi-webhook find 8f14e45f-ceea-467f-9575-6fa1c1b0cd5e
  comapi-webhook find --where payload.to=447700900000 --since 2026-11-27T08:00Z --json | jq .verdict
  comapi-webhook find --keys-file ids.txt --since 2h`,
    )
    .action(async (id: string | undefined, flags: FindFlags) => {
      const config = loadAndWarn(io, loadCommandConfig);
      const question = await readQuestion(id, flags);
      const stop = createStopSignal({ ...io, onStop: () => io.exit(exitCodes.noAnswer) });
      const output = watchOutput(io.stdout);
      const found = await findOrSay(() => findInStore(question, config, { ...io, stop }), io);
      if (found.length > 0) {
        await output.write(formatFound(found, flags.json === true));
      }
      // None: the store could not be read, and whether there is something is not known.
      io.exit(found.length === 0 ? exitCodes.noAnswer : concludeAll(found.map(({ life }) => judge(life))));
    });
}

async function readQuestion(given: string | undefined, flags: FindFlags): Promise<FindQuestion> {
  const { where, keysFile, byEventId = false } = flags;
  if ([given, where, keysFile].filter((each) => each !== undefined).length !== 1) {
    throw new UsageError('give an id, --where or --keys-file: one of them');
  }
  if (byEventId && where !== undefined) {
    throw new UsageError('--where looks at every event: leave out --by-event-id');
  }
  const nowMs = systemClock.epochMs();
  const { since = parseTime(usualSince), until = nowMs } = flags;
  requireBefore('--since', since, '--until', until);
  const period = { sinceMs: since, untilMs: until, isToNow: until >= nowMs };
  if (where !== undefined) {
    return { period, conditions: where.map(parseCondition) };
  }
  const lines = keysFile === undefined ? [given ?? ''] : await readKeysFile(keysFile, (text) => text);
  const ids = [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ''))];
  if (ids.length === 0) {
    throw new UsageError(keysFile === undefined ? 'the id is empty' : '--keys-file: the file has no ids');
  }
  if (ids.length > mostIds) {
    throw new UsageError(`these are ${ids.length} ids: give at most ${mostIds} at once`);
  }
  return { period, ids, byEventId };
}

async function findOrSay<T>(find: () => Promise<readonly T[]>, { stderr }: CommandIo): Promise<readonly T[]> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof UsageError) {
      throw error;
    }
    writeLine(stderr, `error: ${describeError(error)}`);
    return [];
  }
}

export function formatFound(found: readonly Found[], isJson: boolean): string {
  return toPrintable(isJson ? toJson(found) : found.map(toText).join('\n'));
}

function toText({ life, view }: Found): string {
  return formatLife(life, {
    formatTable,
    elsewhere: view === undefined ? '' : formatView(view),
  });
}

/** One object for one life, which is the usual case. */
function toJson(found: readonly Found[]): string {
  const all = found.map(({ life, view }) => ({
    ...toLifeJson(life),
    ...(view && { provider: toViewJson(view) }),
  }));
  return `${JSON.stringify(all.length === 1 ? all[0] : all, null, 2)}\n`;
}
