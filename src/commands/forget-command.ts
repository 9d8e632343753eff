import { Command } from 'commander';
import { loadCommandConfig } from '../config/command-config.ts';
import { collectSkipped } from '../ports/record-reader.ts';
import type { EraseRequest, FoundState } from '../ports/state-eraser.ts';
import { UsageError } from '../runtime/errors.ts';
import { conclude, type Finding } from '../runtime/finding.ts';
import { formatCount, toIso } from '../runtime/format.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { toLinePart, toLines, toPrintable } from '../runtime/untrusted-text.ts';
import { openStore } from '../stores/open-store.ts';
import type { Store } from '../stores/store.ts';
import { type CommandIo, createCommandLogger, watchOutput, writeText } from './command-io.ts';
import { confirmAction, yesOption } from './confirm-action.ts';
import { loadAndWarn } from './load-config.ts';
import { showReading } from './progress.ts';

interface ForgetFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function createForgetCommand(io: CommandIo): Command {
  return new Command('forget')
    .description('erase the latest states of entities, so that a person is forgotten')
    .argument('<key...>', 'keys of their records, such as the messageId')
    .option('--dry-run', 'show what would be erased; erase nothing')
    .option(...yesOption)
    .addHelpText(
      'after',
      `
Works beside a running revision filter, on Kafka: it writes a tombstone for each state. Events, dead letters, spool and journal
stay: docs/personal-data.md says for how long. A later event of an entity makes a new state.

Examples:
  comapi-webhook forget --dry-run 8f14e45f-ceea-467f-9575-6fa1c1b0cd5e
  comapi-webhook forget 8f14e45f-ceea-467f-9575-6fa1c1b0cd5e
  xargs comapi-webhook forget --yes < keys.txt`,
    )
    .action(async (given: readonly string[], flags: ForgetFlags) => {
      const config = loadAndWarn(io, loadCommandConfig);
      const keys = new Set(given.map(checkKey));
      const store = await openStore(config.store);
      io.exit(await forget(keys, flags, { store, topics: config.allTopics }, io));
    });
}

/** What is longer, or has control characters, is the key of no record. */
function checkKey(key: string): string {
  if (!/^[^\p{Cc}]{1,512}$/u.test(key)) {
    throw new UsageError(`a key is empty, has more than 512 characters or a control character`);
  }
  return key;
}

interface ForgetTarget extends Pick<EraseRequest, 'topics'> {
  readonly store: Pick<Store, 'eraseStates'>;
}

/** @returns the exit code */
export async function forget(
  keys: ReadonlySet<string>,
  flags: ForgetFlags,
  { store, topics }: ForgetTarget,
  io: CommandIo,
): Promise<number> {
  const { dryRun = false } = flags;
  const stop = createStopSignal({ ...io, onStop: () => io.exit(exitCodes.noAnswer) });
  const notices: string[] = [];
  const reading = showReading(io.stderr);
  const { observer, skipped } = collectSkipped({
    ...reading.observer,
    onWarning: (text) => void notices.push(text),
  });
  const output = watchOutput(io.stdout);
  const format = createFormat(flags, io);
  const left = new Set(keys);
  let count = 0;
  // A store that has none says so before somebody is asked.
  const states = store.eraseStates({ keys, dryRun, signal: stop, topics, observer }, createCommandLogger(io));
  if (!dryRun) {
    await confirmAction(`Erase the latest states of ${formatCount(keys.size, 'key')}`, flags, io);
  }
  try {
    for await (const state of states) {
      count += 1;
      left.delete(state.key);
      await output.write(format(state));
    }
  } finally {
    reading.stop();
  }
  const done = dryRun ? 'that would be erased' : 'erased';
  const without =
    left.size === 0 ? '' : `; no state found for ${left.size} of ${formatCount(keys.size, 'key')}`;
  const finding: Finding =
    skipped.length === 0
      ? { answer: 'yes', text: `latest states ${done}: ${count}${without}` }
      : {
          answer: 'not known',
          whether: `there are more latest states of these keys than the ${count} ${done}`,
          why: skipped.join(' '),
        };
  const { text, code } = conclude(finding);
  writeText(io.stderr, toLines([text, ...notices.filter((notice) => !skipped.includes(notice))]));
  return code;
}

function createFormat({ dryRun }: ForgetFlags, { stdout }: CommandIo): (state: FoundState) => string {
  if (stdout.isTTY !== true) {
    return ({ storedAtMs, ...state }) => {
      const shown = { time: toIso(storedAtMs), ...state, erased: dryRun !== true };
      return toPrintable(`${JSON.stringify(shown)}\n`);
    };
  }
  return ({ storedAtMs, place, key, name = '-', revision }) => {
    const columns = [toIso(storedAtMs), name, key, revision === undefined ? '-' : `r${revision}`];
    return `${toLinePart([...columns, place].join('  '))}\n`;
  };
}
