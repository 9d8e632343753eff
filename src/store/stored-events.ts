import { join } from 'node:path';
import type { StoreConfig } from '../config/store-config.ts';
import { findJournalEnd, readJournal } from '../journal/read-journal.ts';
import {
  createVerification,
  type VerificationDeps,
  type VerificationReport,
} from '../provider/simulator/verify-stored.ts';
import type { Logger } from '../runtime/logger.ts';

/** The receiver's store from now on, to prove what a run put there. */
export interface StoredEvents {
  /** For the report. */
  readonly name: string;
  verify(run: Pick<VerificationDeps, 'source' | 'fates'>): Promise<VerificationReport>;
}

export async function openStoredEvents(config: StoreConfig, logger: Logger): Promise<StoredEvents> {
  const { kafka, topics, keyRules } = config;
  if (kafka === undefined) {
    return openJournalEvents(config);
  }
  const { openKafkaEvents } = await import('../kafka/open-kafka-events.ts');
  const { describeKafkaFailure } = await import('../kafka/describe-kafka-failure.ts');
  const { connection } = kafka;
  const fail = (error: unknown): never => {
    throw new Error(describeKafkaFailure(error, connection.brokers), { cause: error });
  };
  const events = await openKafkaEvents({ connection, topic: topics.events, logger }).catch(fail);
  return {
    name: `the topic ${topics.events}`,
    async verify(run) {
      const verification = createVerification({ ...run, keyRules, partitionOf: events.partitionOf });
      await events.read(verification.see).catch(fail);
      return verification.report();
    },
  };
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
  };
}
