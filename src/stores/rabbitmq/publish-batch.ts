import type { Message as AmqpMessage, Options, Message as ReturnedMessage } from 'amqplib';
import type { SinkRecord } from '../../ports/sink.ts';
import type { AmqpChannel } from './amqp-channel.ts';
import type { PublishTarget } from './publish-target.ts';
import { RabbitMqError } from './rabbitmq-error.ts';

/**
 * What became of one record.
 *
 * - `stored`: confirmed, and not returned
 * - `nacked`: the queue refused it
 * - `returned`: it was routed to no queue. The server confirms it all the same
 * - `unknown`: there was no answer
 * - `too_large`, `not_a_message`: it was not sent, and never can be
 */
export type PublishOutcome = 'stored' | 'nacked' | 'returned' | 'unknown' | 'too_large' | 'not_a_message';

/** Records that were published together, until each was answered or the connection has ended. */
export interface PublishedBatch {
  readonly outcomes: Promise<readonly PublishOutcome[]>;
  /** A message came back. @returns false when it is none of these */
  returned(message: ReturnedMessage): boolean;
  /** Nothing more will come. What was not answered stays unknown. */
  end(): void;
}

interface PublishDeps {
  readonly channel: Pick<AmqpChannel, 'publish'>;
  readonly target: PublishTarget;
  readonly maxMessageBytes: number;
  /** The server has answered; more is due. */
  readonly onProgress: () => void;
}

export function publishBatch(records: readonly SinkRecord[], deps: PublishDeps): PublishedBatch {
  const { channel, target, maxMessageBytes, onProgress } = deps;
  const { promise, resolve } = Promise.withResolvers<readonly PublishOutcome[]>();
  const outcomes: PublishOutcome[] = records.map(() => 'unknown');
  const messages = records.map((record) => toMessage(record, target));
  let due = 0;
  let hasEnded = false;

  function end(): void {
    hasEnded = true;
    resolve(outcomes);
  }

  function onAnswer(index: number, error: unknown): void {
    if (hasEnded) {
      return;
    }
    due -= 1;
    // A returned message was marked before: its confirm comes after it.
    if (outcomes[index] === 'unknown') {
      outcomes[index] = toOutcome(error);
    }
    if (due === 0) {
      end();
    } else {
      onProgress();
    }
  }

  for (const [index, message] of messages.entries()) {
    if (message === undefined) {
      outcomes[index] = 'not_a_message';
    } else if (message.content.length > maxMessageBytes) {
      outcomes[index] = 'too_large';
    } else {
      due += 1;
      try {
        const { exchange, routingKey, content, options } = message;
        channel.publish(exchange, routingKey, content, options, (error) => onAnswer(index, error));
      } catch (error) {
        due -= 1;
        // An open channel throws only before it has written anything, at what AMQP cannot express.
        outcomes[index] = error instanceof RabbitMqError ? 'unknown' : 'not_a_message';
      }
    }
  }
  if (due === 0) {
    end();
  }
  return {
    outcomes: promise,
    returned(returned) {
      const index = messages.findIndex(
        (message, at) => outcomes[at] === 'unknown' && message !== undefined && isSame(message, returned),
      );
      if (index >= 0) {
        outcomes[index] = 'returned';
      }
      return index >= 0;
    },
    end,
  };
}

/** amqplib tells a refusal from the end of the channel by its text alone. */
function toOutcome(error: unknown): PublishOutcome {
  if (error === null) {
    return 'stored';
  }
  return error instanceof Error && error.message === 'message nacked' ? 'nacked' : 'unknown';
}

/** If two messages are equal, it does not matter which one came back. */
function isSame(message: Message, { content, fields, properties }: ReturnedMessage): boolean {
  return (
    message.routingKey === fields.routingKey &&
    message.options.messageId === properties.messageId &&
    message.content.equals(content)
  );
}

interface Message {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly options: Options.Publish;
}

/** Bytes of a short string of AMQP. */
const maxShortBytes = 255;

/**
 * The message of a record; `undefined` when AMQP has none: a routing key has at most 255 bytes.
 *
 * The record's own headers are those of the message. Its key is not among them: it is `ce_subject`, or `ce_id` without one.
 */
export function toMessage({ key, value, headers }: SinkRecord, target: PublishTarget): Message | undefined {
  const routingKey = target.kind === 'queue' ? target.name : (key ?? '');
  if (!isShort(routingKey)) {
    return undefined;
  }
  const { ce_id: id, 'content-type': contentType, 'received-at': receivedAt } = headers;
  const receivedMs = Date.parse(receivedAt ?? '');
  return {
    exchange: target.kind === 'queue' ? '' : target.name,
    routingKey,
    content: value,
    options: {
      persistent: true,
      mandatory: true,
      headers,
      ...(id !== undefined && isShort(id) && { messageId: id }),
      ...(contentType !== undefined && { contentType }),
      ...(!Number.isNaN(receivedMs) && { timestamp: Math.floor(receivedMs / 1000) }),
    },
  };
}

function isShort(text: string): boolean {
  return Buffer.byteLength(text) <= maxShortBytes;
}

/** The headers of a message that are text: those of a record, when this program has published it. */
export function readHeaders({ properties }: AmqpMessage): Readonly<Record<string, string | undefined>> {
  const headers: Record<string, unknown> = properties.headers ?? {};
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
