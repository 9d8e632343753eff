import type { ConfirmChannel, ConsumeMessage, GetMessage, Options } from 'amqplib';
import { type AmqpConnection, openAnyConnection } from './amqp-connection.ts';
import { toTargetError } from './publish-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { toRabbitMqError } from './rabbitmq-error.ts';

/**
 * Reads a queue without acknowledging messages, so that no other consumer receives them. Messages that were not
 * removed are requeued on close.
 */
export interface UnackedReader {
  readonly name: string;
  /** Number of messages in the queue when the queue was opened. */
  readonly total: number;
  readonly consumerCount: number;
  /** Reads up to `count` messages. @returns an empty array only if the queue reports that it is empty */
  take(count: number): Promise<readonly UnackedMessage[]>;
  /** Removes messages from the queue. Resolves when the queue has confirmed the removal. */
  remove(messages: readonly UnackedMessage[]): Promise<void>;
  /** Publishes copies of messages to the end of the queue. @returns the messages whose copies are stored */
  copy(messages: readonly UnackedMessage[]): Promise<readonly UnackedMessage[]>;
  close(): Promise<void>;
}

/** A message that was received but not yet acknowledged. */
export type UnackedMessage = ConsumeMessage | GetMessage;

/**
 * Time in milliseconds without messages after which another message is requested explicitly, because the queue may be
 * either empty or slow.
 */
const idlePollDelayMs = 2_000;

/** Time limit in milliseconds for storing copies of a whole batch, which may be large. */
const copyTimeoutMs = 30_000;

/** Opens a queue for exclusive reading. @throws {RabbitMqError} if the queue cannot be read */
export async function readQueueExclusively(access: RabbitMqAccess, queue: string): Promise<UnackedReader> {
  const connection = await openAnyConnection(access);
  const { request } = connection;
  const explainError = (error: unknown): never => {
    throw toTargetError(error, { kind: 'queue', name: queue }, connection.address.virtualHost);
  };
  try {
    const channel = await connection.openChannel();
    channel.on('error', (error) => connection.end(toRabbitMqError(error)));
    const returnedMessages = new Set<unknown>();
    channel.on('return', ({ properties }) => returnedMessages.add(properties.correlationId));
    const { messageCount, consumerCount } = await request(() => channel.checkQueue(queue));
    /** Messages that arrived before `take` requested them. */
    const earlyMessages: UnackedMessage[] = [];
    // If the leader of a quorum queue does not respond, the server reports 0 messages. `get` queries the leader
    // directly.
    const firstMessage = messageCount === 0 ? await request(() => channel.get(queue)) : false;
    if (firstMessage !== false) {
      earlyMessages.push(firstMessage);
    }
    return {
      name: queue,
      total: firstMessage === false ? messageCount : firstMessage.fields.messageCount + 1,
      consumerCount,
      async take(count) {
        const prefetchedMessages = earlyMessages.splice(0, count);
        if (prefetchedMessages.length === count) {
          return prefetchedMessages;
        }
        const consumedMessages = await consumeMessages(
          connection,
          channel,
          queue,
          count - prefetchedMessages.length,
        ).catch(explainError);
        if (prefetchedMessages.length + consumedMessages.length > 0) {
          return [...prefetchedMessages, ...consumedMessages];
        }
        const nextMessage = await request(() => channel.get(queue)).catch(explainError);
        return nextMessage === false ? [] : [nextMessage];
      },
      async remove(messages) {
        await request(async () => {
          for (const message of messages) {
            channel.ack(message);
          }
        }).catch(explainError);
        earlyMessages.push(...(await settleAcknowledgements(connection, channel, queue).catch(explainError)));
      },
      copy: (messages) =>
        copyMessages(connection, channel, queue, messages, returnedMessages).catch(explainError),
      close: () => connection.close(),
    };
  } catch (error) {
    connection.end(toRabbitMqError(error));
    return explainError(error);
  }
}

/** Receives messages with a consumer, because with `get`, each message would cost a disk write on the server. */
async function consumeMessages(
  { ended, request }: AmqpConnection,
  channel: ConfirmChannel,
  queue: string,
  count: number,
): Promise<ConsumeMessage[]> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Prevents an unhandled rejection. If the connection ends before `promise` is awaited, the current call still
  // fails.
  promise.catch(() => undefined);
  const messages: ConsumeMessage[] = [];
  const onEnd = () => reject(ended.reason);
  let timer = setTimeout(resolve, idlePollDelayMs);
  ended.addEventListener('abort', onEnd);
  try {
    await request(() => channel.prefetch(count));
    const onMessage = (message: ConsumeMessage | null) => {
      if (message === null) {
        reject(new Error('the queue was deleted'));
        return;
      }
      messages.push(message);
      clearTimeout(timer);
      timer = setTimeout(resolve, idlePollDelayMs);
      if (messages.length === count) {
        resolve();
      }
    };
    const { consumerTag } = await request(() => channel.consume(queue, onMessage));
    await promise;
    // The messages remain unacknowledged after the consumer is cancelled.
    await request(() => channel.cancel(consumerTag));
    return messages;
  } finally {
    clearTimeout(timer);
    ended.removeEventListener('abort', onEnd);
  }
}

/**
 * Waits until the queue has processed all acknowledgements, which the server does not confirm. The server delays
 * acknowledgements beyond about thirty until the queue has written the first ones. A consumer starts only after the
 * queue has processed everything that was sent to it before. The first consumer therefore waits for the first
 * acknowledgements, and the second consumer waits for the rest.
 *
 * @returns messages that these consumers received
 */
async function settleAcknowledgements(
  { request }: AmqpConnection,
  channel: ConfirmChannel,
  queue: string,
): Promise<ConsumeMessage[]> {
  const messages: ConsumeMessage[] = [];
  await request(() => channel.prefetch(1));
  for (let pollNumber = 0; pollNumber < 2; pollNumber += 1) {
    const onMessage = (message: ConsumeMessage | null) => {
      if (message !== null) {
        messages.push(message);
      }
    };
    const { consumerTag } = await request(() => channel.consume(queue, onMessage));
    await request(() => channel.cancel(consumerTag));
  }
  return messages;
}

async function copyMessages(
  { request }: AmqpConnection,
  channel: ConfirmChannel,
  queue: string,
  messages: readonly UnackedMessage[],
  /** Correlation IDs of returned messages. */
  returned: Set<unknown>,
): Promise<UnackedMessage[]> {
  returned.clear();
  const copyMessage = async (message: UnackedMessage, index: number) => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const options = toRepublishOptions(message, String(index));
    channel.publish('', queue, message.content, options, (error) => resolve(error === null));
    return (await promise) && !returned.has(String(index)) ? [message] : [];
  };
  const copiedMessages = await request(() => Promise.all(messages.map(copyMessage)), copyTimeoutMs);
  return copiedMessages.flat();
}

function toRepublishOptions({ properties }: UnackedMessage, correlationId: string): Options.Publish {
  const { messageId, contentType, timestamp, headers = {} } = properties as RepublishedProperties;
  const own = Object.entries(headers).filter(([name]) => !deliveryCountHeaders.includes(name));
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

type RepublishedProperties = Pick<Options.Publish, 'messageId' | 'contentType' | 'timestamp'> & {
  readonly headers?: Readonly<Record<string, unknown>>;
};

/** Headers that the server sets and that must not be copied. */
const deliveryCountHeaders = ['x-delivery-count', 'x-acquired-count'];
