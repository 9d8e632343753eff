import { Command } from 'commander';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { isProviderApiNamed, loadProviderApiConfig } from '../config/provider-api-config.ts';
import { findSpoolDirectory } from '../config/spool-config.ts';
import { listTopics } from '../config/topic-names.ts';
import { systemClock } from '../runtime/clock.ts';
import { ConfigError } from '../runtime/config-error.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { openStore } from '../stores/open-store.ts';
import { readSpooled } from '../stores/spool/read-spooled.ts';
import { createMessageApi } from '../tools/provider/messages/message-api.ts';
import { formatView, type MessageView, toViewJson, viewMessage } from '../tools/reconcile/message-view.ts';
import { type FindLifeDeps, findEverywhere, findLives } from '../tools/records/find-life.ts';
import { formatLife, toLifeJson } from '../tools/records/format-life.ts';
import { isEmpty, isKnown, type Life } from '../tools/records/life.ts';
import { type CommandIo, formatTable, writeLine, writeText } from './command-io.ts';
import { createCommandLogger } from './command-logger.ts';
import { loadAndWarn } from './load-config.ts';
import { parseStart, parseTime } from './option-parsers.ts';
import { showReading } from './progress.ts';

interface FindFlags {
  readonly since?: number;
  readonly byEventId?: boolean;
  readonly json?: boolean;
}

const usualSince = '7d';

export function createFindCommand(io: CommandIo): Command {
  return new Command('find')
    .description('show the life of a message or another entity: its events, its state, its dead letters')
    .argument('<id>', 'key of its records, such as the messageId')
    .option(
      '--since <time>',
      `look at what was stored since then (ISO 8601, UTC without a zone, or 2h for two hours ago; default ${usualSince})`,
      parseStart,
    )
    .option('--by-event-id', 'look everywhere at once: also for the event with this id')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Reads the partition, queue or stream that has the key, the latest state, however old, and the dead letters, which have no
keys; when nothing is found, everything, for a key or an event with this id. Each event has its time, revision and place;
"obsolete" came after a higher revision, "repeated" was there before. With COMAPI_API_USERNAME and COMAPI_API_PASSWORD it
also says what the provider knows of the message. Exits with 0 when something was found, with 1 when nothing is there, and
with 2 when that is not known: the use is wrong, the store could not be read, or the search was ended.

Examples:
  comapi-webhook find 8f14e45f-ceea-467f-9575-6fa1c1b0cd5e
  comapi-webhook find 8f14e45f-ceea-467f-9575-6fa1c1b0cd5e --since 2026-11-27T08:00Z --json | jq .events
  comapi-webhook find 0b1c --by-event-id --since 2h`,
    )
    .action(async (id: string, flags: FindFlags) => {
      const config = loadAndWarn(io, loadCommandConfig);
      const stop = createStopSignal({ ...io, onStop: () => io.exit(unknownCode) });
      const lives = await findOrSay(id.trim(), flags, config, { ...io, stop });
      const view = createViewer({ ...io, stop });
      const found: Found[] = [];
      for (const life of lives) {
        found.push({ life, view: await view?.(life) });
      }
      if (lives.length > 0) {
        writeText(io.stdout, flags.json === true ? toJson(found) : found.map(toText).join('\n'));
      }
      io.exit(toExitCode(lives));
    });
}

/** Whether there is something is not known: as of a wrong use there is no answer. */
const unknownCode = exitCodes.wrongUse;

/** @param lives none: the store could not be read */
function toExitCode(lives: readonly Life[]): number {
  if (!lives.every(isEmpty)) {
    return exitCodes.done;
  }
  return lives.length > 0 && lives.every(isKnown) ? exitCodes.failed : unknownCode;
}

interface Found {
  readonly life: Life;
  /** `undefined`: nobody wants the provider to be asked. */
  readonly view: MessageView | undefined;
}

type StoppableIo = CommandIo & { readonly stop: AbortSignal };

/** A person waits for what is stored. */
const maxWaitMs = 2_000;

/** Asks the provider, when an API user is named. */
function createViewer({ env, stop }: StoppableIo): ((life: Life) => Promise<MessageView>) | undefined {
  if (!isProviderApiNamed(env)) {
    return undefined;
  }
  try {
    const api = createMessageApi(loadProviderApiConfig(env, {}), { signal: stop, onNotice() {}, maxWaitMs });
    return (life) => viewMessage(life, api.findMessage);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [];
    const notKnown = problems.map(({ variable, message }) => `${variable} ${message}`).join(' ');
    return async () => ({ notKnown: (notKnown || describeError(error)).replace(/\.$/, '') });
  }
}

function toText({ life, view }: Found): string {
  return formatLife(life, formatTable, view === undefined ? '' : formatView(view));
}

/** One object for one life, which is the usual case. */
function toJson(found: readonly Found[]): string {
  const all = found.map(({ life, view }) => ({
    ...toLifeJson(life),
    ...(view && { provider: toViewJson(view) }),
  }));
  return `${JSON.stringify(all.length === 1 ? all[0] : all, null, 2)}\n`;
}

async function findOrSay(...given: Parameters<typeof find>): Promise<readonly Life[]> {
  try {
    return await find(...given);
  } catch (error) {
    if (error instanceof UsageError) {
      throw error;
    }
    const [, , , { stderr }] = given;
    writeLine(stderr, describeError(error));
    return [];
  }
}

async function find(
  id: string,
  flags: FindFlags,
  config: CommandConfig,
  io: StoppableIo,
): Promise<readonly Life[]> {
  const store = await openStore(config.store);
  const { readRecords } = store;
  if (readRecords === undefined) {
    throw new UsageError('the records of this store cannot be shown');
  }
  const logger = createCommandLogger(io);
  const directory = findSpoolDirectory(io.env);
  const { observer, stop: stopProgress } = showReading(io.stderr);
  const deps: FindLifeDeps = {
    read: (selection, options) => readRecords(selection, { ...options, logger }),
    topics: [config.topics, ...config.webhookTopics].flatMap(listTopics),
    sinceMs: flags.since ?? parseTime(usualSince),
    nowMs: systemClock.epochMs(),
    readSpooled: directory === undefined ? undefined : () => readSpooled(directory),
    observer,
    signal: io.stop,
  };
  try {
    return await (flags.byEventId === true ? findEverywhere(id, deps) : findLives(id, deps));
  } finally {
    stopProgress();
  }
}
