import type { ConfirmChannel, ConsumeMessage, Message, Options } from 'amqplib';
import { nameTarget } from './publish-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { RabbitMqError, readReplyText } from './rabbitmq-error.ts';
import { openAnyConnection } from './with-connection.ts';

/** The messages of a queue, held back from others while they are read. What is not removed is given back at the end. */
export interface HeldQueue {
  /** Messages that waited when it was opened. */
  readonly total: number;
  readonly consumerCount: number;
  /** The next ones, at most so many; fewer at the end of the queue. */
  take(count: number): Promise<readonly ConsumeMessage[]>;
  /** Removes these from the queue. Resolves when the queue has done so. */
  remove(messages: readonly ConsumeMessage[]): Promise<void>;
  /** Puts copies at the end of the queue. @returns those whose copy is stored */
  copy(messages: readonly ConsumeMessage[]): Promise<readonly ConsumeMessage[]>;
  close(): Promise<void>;
}

/** When nothing comes for so long, others have taken what was there. */
const idleMs = 2_000;

/** @throws {RabbitMqError} when the queue cannot be read */
export async function holdQueue(access: RabbitMqAccess, queue: string): Promise<HeldQueue> {
  const connection = await openAnyConnection(access);
  const explain = (error: unknown): never => {
    const message = `${nameTarget({ kind: 'queue', name: queue })}: ${readReplyText(error)}`;
    throw new RabbitMqError('protocol', message, { cause: error });
  };
  try {
    const channel = await connection.openChannel();
    const { messageCount: total, consumerCount } = await channel.checkQueue(queue);
    /** Came while it was waited for acknowledgements. */
    const early: ConsumeMessage[] = [];
    return {
      total,
      consumerCount,
      async take(count) {
        const first = early.splice(0, count);
        return first.length === count
          ? first
          : [...first, ...(await takeMessages(channel, queue, count - first.length).catch(explain))];
      },
      async remove(messages) {
        for (const message of messages) {
          channel.ack(message);
        }
        early.push(...(await settleAcknowledgements(channel, queue).catch(explain)));
      },
      copy: (messages) => copyMessages(channel, queue, messages),
      close: () => connection.close(),
    };
  } catch (error) {
    connection.destroy();
    return explain(error);
  }
}

/** A consumer for so many messages: getting them one by one costs the server a write to disk each time. */
async function takeMessages(
  channel: ConfirmChannel,
  queue: string,
  count: number,
): Promise<ConsumeMessage[]> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const messages: ConsumeMessage[] = [];
  const onClose = () => reject(new Error('the channel was closed'));
  let timer = setTimeout(resolve, idleMs);
  channel.once('close', onClose);
  try {
    await channel.prefetch(count);
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (message === null) {
        reject(new Error('the queue was deleted'));
        return;
      }
      messages.push(message);
      clearTimeout(timer);
      timer = setTimeout(resolve, idleMs);
      if (messages.length === count) {
        resolve();
      }
    });
    await promise;
    // What is held stays held.
    await channel.cancel(consumerTag);
    return messages;
  } finally {
    clearTimeout(timer);
    channel.off('close', onClose);
  }
}

/**
 * An acknowledgement has no answer, and the server's channel keeps back what exceeds some thirty of them until the queue has
 * written the first. A consumer is made after what was sent: the first shows that those are written, the second that those
 * are which followed.
 *
 * @returns what the consumers were given
 */
async function settleAcknowledgements(channel: ConfirmChannel, queue: string): Promise<ConsumeMessage[]> {
  const messages: ConsumeMessage[] = [];
  await channel.prefetch(1);
  for (let round = 0; round < 2; round += 1) {
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (message !== null) {
        messages.push(message);
      }
    });
    await channel.cancel(consumerTag);
  }
  return messages;
}

async function copyMessages(
  channel: ConfirmChannel,
  queue: string,
  messages: readonly ConsumeMessage[],
): Promise<ConsumeMessage[]> {
  const returned = new Set<unknown>();
  const onReturn = ({ properties }: Message) => returned.add(properties.correlationId);
  channel.on('return', onReturn);
  const stored = await Promise.all(
    messages.map(async (message, index) => {
      const { messageId, contentType, timestamp, headers = {} } = message.properties as Properties;
      const own = Object.entries(headers).filter(([name]) => !countingHeaders.includes(name));
      const options: Options.Publish = {
        persistent: true,
        mandatory: true,
        headers: Object.fromEntries(own),
        correlationId: String(index),
        ...(messageId !== undefined && { messageId }),
        ...(contentType !== undefined && { contentType }),
        ...(timestamp !== undefined && { timestamp }),
      };
      const { promise, resolve } = Promise.withResolvers<boolean>();
      channel.sendToQueue(queue, message.content, options, (error) => resolve(error === null));
      return (await promise) && !returned.has(String(index)) ? [message] : [];
    }),
  );
  channel.off('return', onReturn);
  return stored.flat();
}

type Properties = Pick<Options.Publish, 'messageId' | 'contentType' | 'timestamp'> & {
  readonly headers?: Readonly<Record<string, unknown>>;
};

/** The server's own. */
const countingHeaders = ['x-delivery-count', 'x-acquired-count'];
