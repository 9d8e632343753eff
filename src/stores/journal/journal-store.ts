import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalConfig } from '../../config/store-settings.ts';
import { storeVariables } from '../../config/stores.ts';
import { listTopicNames } from '../../ports/record-reader.ts';
import { UsageError } from '../../runtime/errors.ts';
import { createReplayedFinder } from '../open-dead-letters.ts';
import type { DeadLettersDeps, Store } from '../store.ts';
import { createJournal } from './journal.ts';
import { listSegments } from './journal-segment.ts';

export function createJournalStore({ dataDir }: JournalConfig): Store {
  const journalDirectoryOf = (extraDirectory = 'journal') => join(dataDir, extraDirectory);
  const directory = journalDirectoryOf();
  const unsupportedByJournal = {
    parts: 'a journal has only one log: if this log is not writable, no event can be stored',
    writers: 'only one process can write to a journal: stop the receiver first',
    spool: 'a journal already stores events on this disk, so a spool would be redundant. Unset SPOOL_DIR',
    forget: `the journal is append-only: no command removes lines from ${dataDir}. docs/personal-data.md shows how to remove lines while no process is running`,
    topics: 'the configured store is a journal, which has no topics to create',
  } satisfies Store['cannot'];
  const openDeadLetters = async (deps: DeadLettersDeps) => {
    requireExistingJournal(directory);
    const { openJournalDeadLetters } = await import('./journal-dead-letters.ts');
    return [await openJournalDeadLetters({ ...deps, dataDir })];
  };
  return {
    cannot: unsupportedByJournal,
    createSink: async ({ logger, clock, sampler, extraDirectory }) =>
      createJournal({ directory: journalDirectoryOf(extraDirectory), logger, clock, sampler }),
    // The timeout is long enough to find out whether the previous owner of the directory, in another container, has
    // ended.
    sinkStart: { timeoutMs: 12_000, advice: ` (${unsupportedByJournal.writers})` },
    openDeadLetters,
    findReplayed: createReplayedFinder(openDeadLetters),
    async *readRecords(selection, options) {
      requireExistingJournal(directory);
      const { readJournalRecords } = await import('./read-journal-records.ts');
      const topics = listTopicNames(selection);
      const journals =
        selection.role === 'latest'
          ? selection.topics.map(({ events, latest }, index) => ({
              directory: stateDirectory(dataDir, events, index),
              topics: [latest],
            }))
          : [{ directory: journalDirectoryOf(selection.extraDirectory), topics }];
      yield* readJournalRecords(journals, selection, options);
    },
    eraseStates() {
      throw new UsageError(unsupportedByJournal.forget);
    },
    async ensureTopics() {
      throw new UsageError(unsupportedByJournal.topics);
    },
    describe: () => [['store', `journal in ${dataDir}`]],
    async check() {
      const { checkDataDirectory } = await import('./check-directory.ts');
      return [await checkDataDirectory(dataDir)];
    },
    async openFilter() {
      const { filterJournal } = await import('./filter-journal.ts');
      return {
        async runOnce({ topics: all, removeBefore: before, ...options }) {
          requireExistingJournal(directory);
          const names = await listSegments(directory);
          const filterReports: Readonly<Record<string, unknown>>[] = [];
          for (const [index, topics] of all.entries()) {
            const states = stateDirectory(dataDir, topics.events, index);
            const counts = await filterJournal({ ...options, topics, dataDir, directory: states });
            filterReports.push({ topic: topics.events, ...counts, directory: states });
          }
          if (before !== undefined) {
            const { removeProcessedSegments } = await import('./journal-dead-letters.ts');
            const deadLetterTopics = all.map(({ deadLetter }) => deadLetter);
            const removedSegments = await removeProcessedSegments({
              dataDir,
              names,
              deadLetterTopics,
              before,
            });
            filterReports.push({ directory, removed: removedSegments });
          }
          return filterReports;
        },
      };
    },
  };
}

/** Returns the directory that holds the latest states of a topic. @param index index of the topic in the configuration */
function stateDirectory(dataDir: string, events: string, index: number): string {
  return join(dataDir, index === 0 ? 'latest' : `latest.${events}`);
}

/**
 * Rejects a command that reads stored records if no journal exists, because the command was probably meant for
 * another store.
 */
function requireExistingJournal(directory: string): void {
  if (!existsSync(directory)) {
    throw new UsageError(
      `no store is configured, and the journal ${directory} does not exist: set ${storeVariables.join(' or ')}, or set DATA_DIR to the data directory of the receiver`,
    );
  }
}
