import type { StoreConfig } from '../config/store-config.ts';
import { openJournalDeadLetters } from '../journal/journal-dead-letters.ts';
import type { Logger } from '../runtime/logger.ts';
import { UsageError } from '../runtime/usage-error.ts';
import type { DeadLetterStore } from '../sink/dead-letter-store.ts';

interface OpenOptions {
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly group: string;
  readonly dryRun?: boolean;
}

interface OpenDeps {
  readonly logger: Logger;
  readonly tell: (text: string) => void;
}

/** Every dead-letter topic that the configuration names, or the journal. */
export async function openDeadLetterStores(
  { topic, partition, offset, group, dryRun = false }: OpenOptions,
  { kafka: kafkaConfig, dataDir, topics, webhookTopics }: StoreConfig,
  { logger, tell }: OpenDeps,
): Promise<readonly DeadLetterStore[]> {
  const names = [...new Set([topics, ...webhookTopics].map(({ deadLetter }) => deadLetter))];
  if (kafkaConfig === undefined) {
    return [await openJournalDeadLetters({ dataDir, topics: names })];
  }
  const chosen = names.filter((name) => topic === undefined || name === topic);
  if (chosen.length === 0) {
    throw new UsageError(
      `${topic} is not a dead-letter topic of this configuration: it has ${names.join(', ')}`,
    );
  }
  const { connection } = kafkaConfig;
  const { createCommandKafka } = await import('../kafka/kafkajs/create-command-kafka.ts');
  const { openKafkaDeadLetters } = await import('../kafka/read/kafka-dead-letters.ts');
  const { verifyGroup } = await import('../kafka/read/verify-group.ts');
  const { describeKafkaFailure } = await import('../kafka/errors/describe-kafka-failure.ts');
  const fail = (error: unknown): never => {
    throw new Error(describeKafkaFailure(error, connection.brokers), { cause: error });
  };
  const stores: DeadLetterStore[] = [];
  for (const name of chosen) {
    const store = await openKafkaDeadLetters({
      kafka: createCommandKafka(connection, logger),
      topic: name,
      groupId: group,
      dryRun,
      only: partition === undefined ? undefined : { partition, offset },
      verifyGroup: (groupId) => verifyGroup(groupId, { connection, logger }),
      tell,
    }).catch(fail);
    stores.push(store);
  }
  return stores;
}
