import { Command } from 'commander';
import { loadCommandConfig } from '../config/command-config.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { concludeAll } from '../runtime/finding.ts';
import { toJsonText } from '../runtime/format.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { toPrintable } from '../runtime/untrusted-text.ts';
import type { EntityHistory } from '../tools/records/entity-history.ts';
import { parseCondition } from '../tools/records/event-conditions.ts';
import { evaluateHistory, formatHistory, toHistoryJson } from '../tools/records/format-history.ts';
import { type CommandIo, formatTable, watchOutput } from './command-io.ts';
import { type FindQuestion, findInStore } from './find-in-store.ts';
import { loadAndWarn } from './load-config.ts';
import { collect, parseStart, parseTime, requireBefore } from './option-parsers.ts';

interface FindFlags {
  readonly since?: number;
  readonly until?: number;
  readonly where?: readonly string[];
  readonly json?: boolean;
}

const usualSince = '7d';

export function createFindCommand(io: CommandIo): Command {
  return new Command('find')
    .description('say where a message or another entity is, what became of it, and why')
    .argument('[id...]', 'keys of their records, such as the messageId, or ids of events')
    .option(
      '--since <time>',
      `look at what was stored since then (ISO 8601, UTC without a zone, or 2h for two hours ago; default ${usualSince})`,
      parseStart,
    )
    .option('--until <time>', 'look at what was stored before then', parseTime)
    .option(
      '--where <member=value>',
      'instead of an id: whatever has an event with just this value, as payload.to=447700900000; may be repeated',
      collect,
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
The first line is the answer; what it was read from follows. Each event has its time, revision, channel and place, and why it
failed, as far as the provider says; "obsolete" came after a higher revision, "repeated" was there before. When nothing is
found where an id belongs, everything is looked through, for a key or an event with this id. Exits with 0 when it was found, with 1 when it, or
one of several, is not there, and with 2 when that is not known: the use is wrong, the store could not be read, or the search
was ended.

Examples:
  comapi-webhook find 8f14e45f-ceea-467f-9575-6fa1c1b0cd5e
  comapi-webhook find --where payload.to=447700900000 --since 2026-11-27T08:00Z --json | jq .verdict
  xargs comapi-webhook find --since 2h < ids.txt`,
    )
    .action(async (ids: readonly string[], flags: FindFlags) => {
      const config = loadAndWarn(io, loadCommandConfig);
      const question = readQuestion(ids, flags);
      const stop = createStopSignal({ ...io, onStop: () => io.exit(exitCodes.noAnswer) });
      const output = watchOutput(io.stdout);
      const found = await findInStore(question, config, { ...io, stop });
      await output.write(formatFound(found, flags.json === true));
      io.exit(concludeAll(found.map(evaluateHistory)));
    });
}

function readQuestion(given: readonly string[], flags: FindFlags): FindQuestion {
  const { where } = flags;
  if (given.length > 0 === (where !== undefined)) {
    throw new UsageError('give ids or --where: one of them');
  }
  const nowMs = systemClock.epochMs();
  const { since = parseTime(usualSince), until = nowMs } = flags;
  requireBefore('--since', since, '--until', until);
  const period = { sinceMs: since, untilMs: until, isToNow: until >= nowMs };
  if (where !== undefined) {
    return { period, conditions: where.map(parseCondition) };
  }
  const ids = [...new Set(given.map((id) => id.trim()))];
  if (ids.includes('')) {
    throw new UsageError('an id is empty');
  }
  return { period, ids };
}

function formatFound(found: readonly EntityHistory[], isJson: boolean): string {
  return toPrintable(
    isJson ? toJson(found) : found.map((life) => formatHistory(life, formatTable)).join('\n'),
  );
}

/** One object for one life, which is the usual case. */
function toJson(found: readonly EntityHistory[]): string {
  const all = found.map(toHistoryJson);
  return toJsonText(all.length === 1 ? all[0] : all);
}
