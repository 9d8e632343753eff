import type { ConsumeMessage, GetMessage, Options } from 'amqplib';
import type { AmqpChannel } from './amqp-channel.ts';
import { type AmqpConnection, openAnyConnection } from './amqp-connection.ts';
import { toTargetError } from './publish-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { toRabbitMqError } from './rabbitmq-error.ts';

/** The messages of a queue, held back from others while they are read. What is not removed is given back at the end. */
export interface UnackedReader {
  readonly name: string;
  /** Messages that waited when it was opened. */
  readonly total: number;
  readonly consumerCount: number;
  /** The next ones, at most so many. None only when the queue itself says that it has none left. */
  take(count: number): Promise<readonly UnackedMessage[]>;
  /** Removes these from the queue. Resolves when the queue has done so. */
  remove(messages: readonly UnackedMessage[]): Promise<void>;
  /** Puts copies at the end of the queue. @returns those whose copy is stored */
  copy(messages: readonly UnackedMessage[]): Promise<readonly UnackedMessage[]>;
  close(): Promise<void>;
}

/** A message that was given, whichever way. */
export type UnackedMessage = ConsumeMessage | GetMessage;

/** When nothing comes for so long, the queue is asked whether it has anything left: it may be slow. */
const idleMs = 2_000;

/** For copies of a whole batch, which may be large. */
const copyTimeoutMs = 30_000;

/** @throws {RabbitMqError} when the queue cannot be read */
export async function readQueueExclusively(access: RabbitMqAccess, queue: string): Promise<UnackedReader> {
  const connection = await openAnyConnection(access);
  const explain = (error: unknown): never => {
    throw toTargetError(error, { kind: 'queue', name: queue }, connection.address.virtualHost);
  };
  try {
    const channel = await connection.openChannel();
    channel.onError((error) => connection.end(toRabbitMqError(error)));
    const returned = new Set<unknown>();
    channel.onReturn(({ properties }) => returned.add(properties.correlationId));
    const { messageCount, consumerCount } = await channel.checkQueue(queue);
    /** Came while it was waited for something else. */
    const early: UnackedMessage[] = [];
    // A quorum queue whose leader does not answer is said to have no messages. Getting one asks the leader itself.
    const only = messageCount === 0 ? await channel.get(queue) : false;
    if (only !== false) {
      early.push(only);
    }
    return {
      name: queue,
      total: only === false ? messageCount : only.fields.messageCount + 1,
      consumerCount,
      async take(count) {
        const first = early.splice(0, count);
        if (first.length === count) {
          return first;
        }
        const taken = await takeMessages(connection, channel, queue, count - first.length).catch(explain);
        if (first.length + taken.length > 0) {
          return [...first, ...taken];
        }
        const next = await channel.get(queue).catch(explain);
        return next === false ? [] : [next];
      },
      async remove(messages) {
        for (const message of messages) {
          channel.ack(message);
        }
        early.push(...(await settleAcknowledgements(channel, queue).catch(explain)));
      },
      copy: (messages) => copyMessages(connection, channel, queue, messages, returned).catch(explain),
      close: () => connection.close(),
    };
  } catch (error) {
    connection.end(toRabbitMqError(error));
    return explain(error);
  }
}

/** A consumer for so many messages: getting them one by one costs the server a write to disk each time. */
async function takeMessages(
  { ended }: AmqpConnection,
  channel: AmqpChannel,
  queue: string,
  count: number,
): Promise<ConsumeMessage[]> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // An end before the messages are waited for fails what is waited for then.
  promise.catch(() => undefined);
  const messages: ConsumeMessage[] = [];
  const onEnd = () => reject(ended.reason);
  let timer = setTimeout(resolve, idleMs);
  ended.addEventListener('abort', onEnd);
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
    ended.removeEventListener('abort', onEnd);
  }
}

/**
 * An acknowledgement has no answer, and the server's channel keeps back what exceeds some thirty of them until the queue has
 * written the first. A consumer is made after what was sent: the first shows that those are written, the second that those
 * are which followed.
 *
 * @returns what the consumers were given
 */
async function settleAcknowledgements(channel: AmqpChannel, queue: string): Promise<ConsumeMessage[]> {
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
  { ask }: AmqpConnection,
  channel: AmqpChannel,
  queue: string,
  messages: readonly UnackedMessage[],
  /** Correlation ids of messages that came back. */
  returned: Set<unknown>,
): Promise<UnackedMessage[]> {
  returned.clear();
  const copy = async (message: UnackedMessage, index: number) => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const options = toCopyOptions(message, String(index));
    channel.publish('', queue, message.content, options, (error) => resolve(error === null));
    return (await promise) && !returned.has(String(index)) ? [message] : [];
  };
  const stored = await ask(() => Promise.all(messages.map(copy)), copyTimeoutMs);
  return stored.flat();
}

function toCopyOptions({ properties }: UnackedMessage, correlationId: string): Options.Publish {
  const { messageId, contentType, timestamp, headers = {} } = properties as Properties;
  const own = Object.entries(headers).filter(([name]) => !countingHeaders.includes(name));
  return {
    persistent: true,
    mandatory: true,
    headers: Object.fromEntries(own),
    correlationId,
    ...(messageId !== undefined && { messageId }),
    ...(contentType !== undefined && { contentType }),
    ...(timestamp !== undefined && { timestamp }),
  };
}

type Properties = Pick<Options.Publish, 'messageId' | 'contentType' | 'timestamp'> & {
  readonly headers?: Readonly<Record<string, unknown>>;
};

/** The server's own. */
const countingHeaders = ['x-delivery-count', 'x-acquired-count'];
