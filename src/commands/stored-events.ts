import { join } from 'node:path';
import type { StoreConfig } from '../config/store-config.ts';
import {
  createVerification,
  type VerificationDeps,
  type VerificationReport,
} from '../provider/simulator/verify-stored.ts';
import { findJournalEnd, readJournal } from '../sink/read-journal.ts';

/** The receiver's store from now on, to prove what a run put there. */
export interface StoredEvents {
  /** For the report. */
  readonly name: string;
  verify(run: Pick<VerificationDeps, 'source' | 'fates'>): Promise<VerificationReport>;
  close(): Promise<void>;
}

export async function openStoredEvents(config: StoreConfig): Promise<StoredEvents> {
  return openJournalEvents(config);
}

async function openJournalEvents({ dataDir, keyRules, topics }: StoreConfig): Promise<StoredEvents> {
  const directory = join(dataDir, 'journal');
  const from = await findJournalEnd(directory);
  return {
    name: `the journal ${directory}`,
    async verify(run) {
      const verification = createVerification({ ...run, keyRules });
      for await (const { record } of readJournal(directory, { from })) {
        if (record.topic === topics.events) {
          verification.see({ key: record.key, value: record.value, id: record.headers.ce_id });
        }
      }
      return verification.report();
    },
    close: async () => {},
  };
}
