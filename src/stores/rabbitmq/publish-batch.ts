import {
  type Message as AmqpMessage,
  type ConfirmChannel,
  IllegalOperationError,
  type Options,
  type Message as ReturnedMessage,
} from 'amqplib';
import type { SinkRecord } from '../../ports/sink.ts';
import type { PublishTarget } from './publish-target.ts';

/**
 * Outcome of one record.
 *
 * - `stored`: the record was confirmed and not returned
 * - `nacked`: the queue rejected the record
 * - `returned`: the record was not routed to any queue, although the server still confirms it
 * - `unknown`: no confirm arrived
 * - `not_a_message`: AMQP cannot represent the record, so it was not sent
 */
export type PublishOutcome = 'stored' | 'nacked' | 'returned' | 'unknown' | 'not_a_message';

/** Records that were published together and wait until each has an outcome or the connection ends. */
export interface PublishedBatch {
  readonly outcomes: Promise<readonly PublishOutcome[]>;
  /** Handles a message that the server has returned, because it reached no queue. */
  markReturned(message: ReturnedMessage): void;
  /** Ends the batch. The outcome of records without a confirm remains `unknown`. */
  end(): void;
}

interface PublishDeps {
  readonly channel: Pick<ConfirmChannel, 'publish'>;
  readonly target: PublishTarget;
  /** Called after a confirm if further confirms are still outstanding. */
  readonly onProgress: () => void;
}

export function publishBatch(records: readonly SinkRecord[], deps: PublishDeps): PublishedBatch {
  const { channel, target, onProgress } = deps;
  const { promise, resolve } = Promise.withResolvers<readonly PublishOutcome[]>();
  const outcomes: PublishOutcome[] = records.map(() => 'unknown');
  const messages = records.map((record) => toMessage(record, target));
  let due = 0;
  let hasConnectionEnded = false;

  function end(): void {
    hasConnectionEnded = true;
    resolve(outcomes);
  }

  function settleMessage(index: number, error: unknown): void {
    if (hasConnectionEnded) {
      return;
    }
    due -= 1;
    // If the message was returned, its outcome is already set, because the confirm arrives after the return.
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
    } else {
      due += 1;
      try {
        const { exchange, routingKey, content, options } = message;
        channel.publish(exchange, routingKey, content, options, (error) => settleMessage(index, error));
      } catch (error) {
        due -= 1;
        // An open channel throws only if AMQP cannot encode the message, in which case nothing has been written.
        outcomes[index] = error instanceof IllegalOperationError ? 'unknown' : 'not_a_message';
      }
    }
  }
  if (due === 0) {
    end();
  }
  return {
    outcomes: promise,
    markReturned(returned) {
      const index = messages.findIndex(
        (message, at) =>
          outcomes[at] === 'unknown' && message !== undefined && isSameMessage(message, returned),
      );
      if (index >= 0) {
        outcomes[index] = 'returned';
      }
    },
    end,
  };
}

/** Converts the error of a confirm. amqplib distinguishes a nack from the end of the channel only by the error text. */
function toOutcome(error: unknown): PublishOutcome {
  if (error === null) {
    return 'stored';
  }
  return error instanceof Error && error.message === 'message nacked' ? 'nacked' : 'unknown';
}

/** Compares the parts of a message that identify it. If two messages are equal, either one may be the returned message. */
function isSameMessage(message: Message, { content, fields, properties }: ReturnedMessage): boolean {
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

/** Maximum length of an AMQP short string in bytes. */
const maxShortStringBytes = 255;

/**
 * Converts a record to a message. Returns `undefined` if AMQP cannot represent the record, because a routing key has
 * at most 255 bytes.
 *
 * The message has the headers of the record. The key needs no header, because it equals `ce_subject` or, if that is
 * absent, `ce_id`.
 */
export function toMessage({ key, value, headers }: SinkRecord, target: PublishTarget): Message | undefined {
  const routingKey = target.kind === 'queue' ? target.name : (key ?? '');
  if (!fitsInShortString(routingKey)) {
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
      ...(id !== undefined && fitsInShortString(id) && { messageId: id }),
      ...(contentType !== undefined && { contentType }),
      ...(!Number.isNaN(receivedMs) && { timestamp: Math.floor(receivedMs / 1000) }),
    },
  };
}

function fitsInShortString(text: string): boolean {
  return Buffer.byteLength(text) <= maxShortStringBytes;
}

/**
 * Returns the text headers of a message. If this program published the message, these are the headers of the original
 * record.
 */
export function readHeaders({ properties }: AmqpMessage): Readonly<Record<string, string | undefined>> {
  const headers: Record<string, unknown> = properties.headers ?? {};
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
