import { join } from 'node:path';
import type { StoreConfig } from '../config/store-config.ts';
import { openJournalEvents } from '../journal/open-journal-events.ts';
import type { Logger } from '../runtime/logger.ts';
import type { StoredEvents } from '../sink/stored-events.ts';

/** The events of the store that the configuration names, from now on. */
export async function openStoredEvents(config: StoreConfig, logger: Logger): Promise<StoredEvents> {
  const { kafka, dataDir, topics } = config;
  if (kafka === undefined) {
    return openJournalEvents({ directory: join(dataDir, 'journal'), topic: topics.events });
  }
  const { openKafkaEvents } = await import('../kafka/read/open-kafka-events.ts');
  return openKafkaEvents({ connection: kafka.connection, topic: topics.events, logger });
}
