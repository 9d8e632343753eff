import { Command } from 'commander';
import { loadCommandConfig } from '../config/command-config.ts';
import { collectSkipped } from '../ports/record-reader.ts';
import type { EraseRequest, FoundState } from '../ports/state-eraser.ts';
import { UsageError } from '../runtime/errors.ts';
import { type Finding, removeFullStop, toConclusion } from '../runtime/finding.ts';
import { formatCount, toIso } from '../runtime/format.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { toLines, toPrintable, toSingleLineText } from '../runtime/untrusted-text.ts';
import { openStore } from '../stores/open-store.ts';
import type { Store } from '../stores/store.ts';
import { type CommandIo, createCommandLogger, watchOutput, writeText } from './command-io.ts';
import { confirmAction, yesOption } from './confirm-action.ts';
import { loadConfigWithWarnings } from './load-config.ts';
import { showReadProgress } from './progress.ts';

interface ForgetFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function createForgetCommand(io: CommandIo): Command {
  return new Command('forget')
    .description('erase the latest states of entities, for example when a person requests erasure')
    .argument('<key...>', 'record keys, such as a messageId')
    .option('--dry-run', 'print the states that would be erased, without erasing them')
    .option(...yesOption)
    .addHelpText(
      'after',
      `
Works on Kafka only. The revision filter can keep running. Writes a tombstone for each state. Does not erase
events, dead letters, or records in the spool or the journal: docs/personal-data.md describes how long they are kept. A later
event of the entity creates a new state.

Examples:
  comapi-webhook forget --dry-run 8f14e45f-ceea-467f-9575-6fa1c1b0cd5e
  comapi-webhook forget 8f14e45f-ceea-467f-9575-6fa1c1b0cd5e
  xargs comapi-webhook forget --yes < keys.txt`,
    )
    .action(async (given: readonly string[], flags: ForgetFlags) => {
      const config = loadConfigWithWarnings(io, loadCommandConfig);
      const keys = new Set(given.map(requireRecordKey));
      const store = await openStore(config.store);
      io.exit(await eraseStates(keys, flags, { store, topics: config.allTopics }, io));
    });
}

/** @throws {UsageError} if no record can have this key */
function requireRecordKey(key: string): string {
  if (!/^[^\p{Cc}]{1,512}$/u.test(key)) {
    throw new UsageError(
      'a key is empty, longer than 512 characters, or contains a control character, so no record can have this key',
    );
  }
  return key;
}

interface ForgetTarget extends Pick<EraseRequest, 'topics'> {
  readonly store: Pick<Store, 'eraseStates'>;
}

/** @returns the exit code */
export async function eraseStates(
  keys: ReadonlySet<string>,
  flags: ForgetFlags,
  { store, topics }: ForgetTarget,
  io: CommandIo,
): Promise<number> {
  const { dryRun = false } = flags;
  const stopSignal = createStopSignal({ ...io, onStop: () => io.exit(exitCodes.noAnswer) });
  const warningTexts: string[] = [];
  const readProgress = showReadProgress(io.stderr);
  const { observer, skipped } = collectSkipped({
    ...readProgress.observer,
    onWarning: (text) => void warningTexts.push(text),
  });
  const output = watchOutput(io.stdout);
  const format = createStateFormat(flags, io);
  const keysWithoutState = new Set(keys);
  let count = 0;
  // If the store has no latest states, this call throws before the user is prompted.
  const states = store.eraseStates(
    { keys, dryRun, signal: stopSignal, topics, observer },
    createCommandLogger(io),
  );
  if (!dryRun) {
    await confirmAction(`Erase the latest states of ${formatCount(keys.size, 'key')}`, flags, io);
  }
  try {
    for await (const state of states) {
      count += 1;
      keysWithoutState.delete(state.key);
      await output.write(format(state));
    }
  } finally {
    readProgress.stop();
  }
  const erasedText = `${dryRun ? 'Would erase' : 'Erased'} ${formatCount(count, 'latest state')}.`;
  const notFoundText = `No state was found for ${keysWithoutState.size} of ${formatCount(keys.size, 'key')}.`;
  const finding: Finding =
    skipped.length === 0
      ? { answer: 'yes', text: keysWithoutState.size === 0 ? erasedText : `${erasedText} ${notFoundText}` }
      : {
          answer: 'not known',
          text: `Cannot tell whether these keys have more latest states: ${removeFullStop(skipped.join(' '))}. ${erasedText}`,
        };
  const { text, code } = toConclusion(finding);
  writeText(io.stderr, toLines([text, ...warningTexts.filter((notice) => !skipped.includes(notice))]));
  return code;
}

function createStateFormat({ dryRun }: ForgetFlags, { stdout }: CommandIo): (state: FoundState) => string {
  if (stdout.isTTY !== true) {
    return ({ storedAtMs, ...state }) => {
      const stateJson = { time: toIso(storedAtMs), ...state, erased: dryRun !== true };
      return toPrintable(`${JSON.stringify(stateJson)}\n`);
    };
  }
  return ({ storedAtMs, place, key, name = '-', revision }) => {
    const columns = [toIso(storedAtMs), name, key, revision === undefined ? '-' : `r${revision}`];
    return `${toSingleLineText([...columns, place].join('  '))}\n`;
  };
}
