import { type ConsumeMessage, connect } from 'amqplib';
import type { StoredRecord } from '../kafka/read-topic.ts';

/** Removes the current messages from a queue, and returns them in order. */
export async function drainQueue(url: string, queue: string): Promise<ConsumeMessage[]> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  const { messageCount } = await channel.checkQueue(queue);
  const messages: ConsumeMessage[] = [];
  if (messageCount > 0) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const consumer = await channel.consume(
      queue,
      (message) => {
        if (message !== null) {
          messages.push(message);
        }
        if (messages.length >= messageCount) {
          resolve();
        }
      },
      { noAck: true },
    );
    await promise;
    await channel.cancel(consumer.consumerTag);
  }
  await channel.close();
  await connection.close();
  return messages;
}

/**
 * Converts messages to the stored-record format that all stores share. The index of a message in the queue becomes the
 * offset.
 */
export function toStoredRecords(messages: readonly ConsumeMessage[], partition = 0): StoredRecord[] {
  return messages.map(({ content: value, properties }, offset) => {
    const headers = (properties.headers ?? {}) as Record<string, string>;
    const key = headers.ce_subject ?? headers.ce_id;
    return {
      ...{ partition, offset, timestampMs: Number(properties.timestamp ?? 0) * 1000, value, headers },
      key: key === undefined ? null : Buffer.from(key),
    };
  });
}
