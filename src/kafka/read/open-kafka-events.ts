import { randomUUID } from 'node:crypto';
import { partitionFor } from '../../append/partition-for.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { StoredEvents } from '../../sink/stored-events.ts';
import { describeKafkaFailure } from '../errors/describe-kafka-failure.ts';
import { createCommandKafka } from '../kafkajs/create-command-kafka.ts';
import type { KafkaAccess } from '../kafkajs/kafka-access.ts';
import { readTopic, readTopicEnds } from './read-topic.ts';
import { verifyGroup } from './verify-group.ts';

export interface KafkaEventsOptions {
  readonly connection: KafkaAccess;
  readonly topic: string;
  readonly logger: Logger;
}

/** What is written to a topic from now on. Its errors are sentences for the operator. */
export async function openKafkaEvents(options: KafkaEventsOptions): Promise<StoredEvents> {
  const { connection } = options;
  const fail = (error: unknown): never => {
    throw new Error(describeKafkaFailure(error, connection.brokers), { cause: error });
  };
  const events = await openEvents(options).catch(fail);
  return { ...events, read: (handle) => events.read(handle).catch(fail) };
}

async function openEvents({ connection, topic, logger }: KafkaEventsOptions): Promise<StoredEvents> {
  const kafka = createCommandKafka(connection, logger);
  const begin = await readTopicEnds(kafka, topic);
  const groupId = `comapi-webhook-verify-${randomUUID()}`;
  // Without the right to use a group nothing could be read: better to know before anything is sent.
  await verifyGroup(groupId, { connection, logger });
  const from = new Map(begin.map(({ partition, high }) => [partition, high]));
  return {
    name: `the topic ${topic}`,
    partitionOf: (key) => partitionFor(key, begin.length),
    async read(handleEvent) {
      const ends = await readTopicEnds(kafka, topic);
      await readTopic({
        kafka,
        topic,
        groupId,
        ranges: ends.map(({ partition, high }) => ({ partition, from: from.get(partition) ?? 0, to: high })),
        async handle({ partition, messages }) {
          for (const { key, value, headers } of messages) {
            handleEvent({
              key: key === null ? null : key.toString(),
              value: value ?? Buffer.alloc(0),
              id: headers?.ce_id?.toString(),
              partition,
            });
          }
        },
      });
    },
  };
}
