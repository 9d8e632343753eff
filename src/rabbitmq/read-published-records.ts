import { once } from 'node:events';
import type { ConsumeMessage } from 'amqplib';
import { UsageError } from '../runtime/errors.ts';
import { ToldOutage } from '../runtime/told-outage.ts';
import {
  listTopicNames,
  type PlacedRecord,
  type ReadOptions,
  type RecordSelection,
} from '../sink/record-reader.ts';
import type { AmqpChannel } from './amqp-channel.ts';
import { type AmqpConnection, openAnyConnection } from './amqp-connection.ts';
import { describeTarget } from './describe-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { RabbitMqError, toRabbitMqError } from './rabbitmq-error.ts';
import { toPlacedRecord } from './read-queued-records.ts';

/** As many as the server hands over before the first is acknowledged. */
const prefetchCount = 500;
/** The server drops older ones: a terminal that stands still must not fill its memory. */
const mostQueued = 10_000;

/**
 * What is published to exchanges from now on, by queues of this connection alone, which end with it.
 *
 * @throws {UsageError} unless that is wanted: an exchange then routes every event to somebody
 */
export async function* readPublishedRecords(
  access: RabbitMqAccess,
  selection: RecordSelection,
  { follow, signal, observer, mayBind = false }: ReadOptions,
): AsyncGenerator<readonly PlacedRecord[]> {
  const exchanges = listTopicNames(selection);
  if (!mayBind) {
    throw new UsageError(
      `an exchange keeps nothing, and shows events only to a queue that is bound to it. With --bind this command binds one for as long as it runs. Meanwhile ${exchanges.join(', ')} routes every event to it, so that an event for which no other queue is bound is answered 200, and lost with this command, instead of 503`,
    );
  }
  if (!follow || selection.sinceMs !== undefined) {
    throw new UsageError('an exchange keeps nothing: leave out --since and --no-follow');
  }
  const outage = new ToldOutage({ notice: (text) => observer.notice(text), signal });
  let hasBegun = false;
  while (!signal.aborted) {
    let connection: AmqpConnection | undefined;
    try {
      connection = await openAnyConnection(access);
      const messages = await listen(connection, exchanges, selection.key);
      if (!hasBegun) {
        observer.begins(`the exchange ${exchanges.join(', ')}`, undefined);
      }
      hasBegun = true;
      outage.passed();
      yield* messages.take(signal);
    } catch (error) {
      if (!hasBegun || !(error instanceof RabbitMqError)) {
        throw error;
      }
      await outage.wait(`${error.message.replace(/\.$/, '')}. What is published meanwhile is not shown`);
    } finally {
      await connection?.close();
    }
  }
}

/** Binds a queue to each exchange. */
async function listen(connection: AmqpConnection, exchanges: readonly string[], key: string | undefined) {
  const channel = await connection.openChannel();
  channel.onError((error) => connection.end(toRabbitMqError(error)));
  await channel.prefetch(prefetchCount);
  const arrived = new EventTarget();
  let waiting: { readonly message: ConsumeMessage; readonly exchange: string }[] = [];
  for (const exchange of exchanges) {
    const queue = await bindQueue(connection, channel, exchange, key);
    await channel.consume(queue, (message) => {
      if (message === null) {
        connection.end(new RabbitMqError('protocol', `the queue of this command on ${exchange} was deleted`));
        return;
      }
      waiting.push({ message, exchange });
      arrived.dispatchEvent(new Event('message'));
    });
  }
  let count = 0;
  return {
    /** Until the connection ends, which throws, or the signal. */
    async *take(signal: AbortSignal): AsyncGenerator<readonly PlacedRecord[]> {
      while (!signal.aborted) {
        connection.ended.throwIfAborted();
        const taken = waiting;
        waiting = [];
        for (const { message } of taken) {
          channel.ack(message);
        }
        const records = taken.map(({ message, exchange }) => {
          count += 1;
          return toPlacedRecord(message, exchange, `${exchange}/${count}`);
        });
        if (records.length > 0) {
          yield records.filter((record) => key === undefined || record.key === key);
        } else {
          const stop = AbortSignal.any([signal, connection.ended]);
          await once(arrived, 'message', { signal: stop }).catch(() => {});
        }
      }
    },
  };
}

async function bindQueue(
  connection: AmqpConnection,
  channel: AmqpChannel,
  exchange: string,
  key: string | undefined,
): Promise<string> {
  const pattern = toPattern(await findType(connection, exchange), exchange, key);
  const { queue } = await channel.assertQueue('', {
    exclusive: true,
    autoDelete: true,
    durable: false,
    arguments: { 'x-max-length': mostQueued },
  });
  await channel.bindQueue(queue, exchange, pattern);
  return queue;
}

async function findType(connection: AmqpConnection, exchange: string): Promise<string> {
  const facts = await describeTarget(connection, { kind: 'exchange', name: exchange });
  if (facts.state === 'missing') {
    throw new UsageError(`there is no exchange ${exchange}: check RABBITMQ_EXCHANGE`);
  }
  return facts.state === 'described' ? String(facts.arguments.get('type')) : 'unknown';
}

/** By which an exchange gives a queue all that it publishes. One of another type may share messages out among its queues. */
function toPattern(type: string, exchange: string, key: string | undefined): string {
  if (!['topic', 'fanout', 'headers', 'direct'].includes(type)) {
    throw new UsageError(
      `${exchange} is an exchange of the type ${type}: a queue more could take messages away from others`,
    );
  }
  if (type === 'direct' && key === undefined) {
    throw new UsageError(`${exchange} is a direct exchange, which gives a queue one key alone: give --key`);
  }
  return type === 'direct' ? (key ?? '') : '#';
}
