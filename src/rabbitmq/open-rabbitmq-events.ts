import type { ConsumeMessage } from 'amqplib';
import { partitionFor } from '../append/partition-for.ts';
import type { StoredEvents, StoredRecord } from '../sink/stored-events.ts';
import { withConnection } from './amqp-connection.ts';
import { describeTarget, usualDeliveryLimit } from './describe-target.ts';
import { type HeldQueue, holdQueue } from './held-queue.ts';
import { endlessDeliveries } from './judge-target.ts';
import { readHeaders } from './message.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';

const batchSize = 500;

/**
 * What is published to these queues from now on. It is read as a consumer would, and given back: the order stays, and each
 * message counts as delivered once more.
 *
 * @throws when a consumer takes messages away
 */
export async function openRabbitMqEvents(
  access: RabbitMqAccess,
  queues: readonly string[],
): Promise<StoredEvents> {
  const before = new Map<string, number>();
  for (const queue of queues) {
    await checkDeliveryLimit(access, queue);
    const held = await holdQueue(access, queue);
    await held.close();
    refuseConsumers(queue, held);
    before.set(queue, held.total);
  }
  return {
    name: `the ${queues.length === 1 ? 'queue' : 'queues'} ${queues.join(', ')}`,
    partitionOf: (key) => partitionFor(key, queues.length),
    async read(handle) {
      for (const [partition, queue] of queues.entries()) {
        await readQueue(access, queue, (message, index) => {
          if (index >= (before.get(queue) ?? 0)) {
            handle(toStoredRecord(message, partition));
          }
        });
      }
    },
  };
}

/** A quorum queue drops what was given back too often. Whoever reads without removing gives back. */
async function checkDeliveryLimit(access: RabbitMqAccess, queue: string): Promise<void> {
  const facts = await withConnection(access, (connection) =>
    describeTarget(connection, { kind: 'queue', name: queue }),
  );
  const limit = facts.state === 'described' ? facts.deliveryLimit : usualDeliveryLimit;
  if (limit !== undefined && limit < endlessDeliveries) {
    throw new Error(
      `${queue} drops a message that was given back ${limit} times, and reading it to compare gives back: use a queue that \`comapi-webhook topics\` has made, with x-delivery-limit ${endlessDeliveries}`,
    );
  }
}

async function readQueue(
  access: RabbitMqAccess,
  queue: string,
  handle: (message: ConsumeMessage, index: number) => void,
): Promise<void> {
  const held = await holdQueue(access, queue);
  try {
    refuseConsumers(queue, held);
    for (let read = 0; read < held.total; ) {
      const messages = await held.take(Math.min(batchSize, held.total - read));
      if (messages.length === 0) {
        return;
      }
      for (const [index, message] of messages.entries()) {
        handle(message, read + index);
      }
      read += messages.length;
    }
  } finally {
    await held.close();
  }
}

function refuseConsumers(queue: string, { consumerCount }: HeldQueue): void {
  if (consumerCount > 0) {
    throw new Error(
      `${queue} has ${consumerCount} consumers, which take its messages away before they can be compared: stop them, or use a queue for the test`,
    );
  }
}

function toStoredRecord(message: ConsumeMessage, partition: number): StoredRecord {
  const headers = readHeaders(message);
  return {
    key: headers.ce_subject ?? headers.ce_id ?? null,
    value: message.content,
    id: headers.ce_id,
    partition,
  };
}
