import type { Message as AmqpMessage, Options, Message as ReturnedMessage } from 'amqplib';
import type { SinkRecord } from '../../ports/sink.ts';
import type { AmqpChannel } from './amqp-channel.ts';
import type { PublishTarget } from './publish-target.ts';
import { RabbitMqError } from './rabbitmq-error.ts';

/**
 * Outcome of one record.
 *
 * - `stored`: it was confirmed, and not returned
 * - `nacked`: the queue rejected it
 * - `returned`: it was not routed to any queue; the server still confirms it
 * - `unknown`: there was no confirm
 * - `too_large`, `not_a_message`: it was not sent, and can never be sent
 */
export type PublishOutcome = 'stored' | 'nacked' | 'returned' | 'unknown' | 'too_large' | 'not_a_message';

/** Records that were published together, until each has an outcome or the connection ends. */
export interface PublishedBatch {
  readonly outcomes: Promise<readonly PublishOutcome[]>;
  /** Reports a returned message. @returns false if it does not belong to this batch */
  returned(message: ReturnedMessage): boolean;
  /** Ends the batch. Records without a confirm remain `unknown`. */
  end(): void;
}

interface PublishDeps {
  readonly channel: Pick<AmqpChannel, 'publish'>;
  readonly target: PublishTarget;
  readonly maxMessageBytes: number;
  /** Called after a confirm, while further confirms are outstanding. */
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
    // The outcome of a returned message is already set: its confirm arrives after the return.
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
        // An open channel throws only if AMQP cannot encode the message, before anything is written.
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

/** Converts the error of a confirm. In amqplib, only the text distinguishes a nack from the end of the channel. */
function toOutcome(error: unknown): PublishOutcome {
  if (error === null) {
    return 'stored';
  }
  return error instanceof Error && error.message === 'message nacked' ? 'nacked' : 'unknown';
}

/** Compares the parts of a message that identify it. Of two equal messages, either may be the returned one. */
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

/** Maximum bytes of an AMQP short string. */
const maxShortBytes = 255;

/**
 * Converts a record to a message. Returns `undefined` if AMQP cannot represent it: a routing key has at most 255 bytes.
 *
 * The message has the headers of the record. The key needs no header: it equals `ce_subject` or, without one, `ce_id`.
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

/** Returns the text headers of a message. If this program published it, these are the headers of its record. */
export function readHeaders({ properties }: AmqpMessage): Readonly<Record<string, string | undefined>> {
  const headers: Record<string, unknown> = properties.headers ?? {};
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
