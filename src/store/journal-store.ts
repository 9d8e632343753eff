import { join } from 'node:path';
import { checkDataDirectory } from '../checks/check-data-directory.ts';
import type { JournalConfig } from '../config/store-config.ts';
import { createJournal } from '../journal/journal.ts';
import { UsageError } from '../runtime/usage-error.ts';
import type { Store } from './store.ts';

export function createJournalStore({ dataDir }: JournalConfig): Store {
  const directory = join(dataDir, 'journal');
  return {
    createSink: async ({ logger, clock }) => createJournal({ directory, logger, clock }),
    sinkStart: { timeoutMs: 2_000, advice: ' (a journal has one writer: stop the receiver first)' },
    async openDeadLetters({ topic, partition, offset }, { topics }) {
      if ((topic ?? partition ?? offset) !== undefined) {
        throw new UsageError('--topic, --partition and --offset need Kafka: KAFKA_BROKERS is not set');
      }
      const { openJournalDeadLetters } = await import('../journal/journal-dead-letters.ts');
      return [await openJournalDeadLetters({ dataDir, topics })];
    },
    async openStoredEvents(topic) {
      const { openJournalEvents } = await import('../journal/open-journal-events.ts');
      return openJournalEvents({ directory, topic });
    },
    describe: () => [['store', `journal in ${dataDir}`]],
    check: async () => [checkDataDirectory(dataDir)],
    async filterOnce(options) {
      const { filterJournal } = await import('../journal/filter-journal.ts');
      const counts = await filterJournal({ ...options, dataDir });
      return { ...counts, directory: join(dataDir, 'latest') };
    },
  };
}
