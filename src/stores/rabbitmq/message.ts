import type { Message as AmqpMessage, Options } from 'amqplib';
import type { SinkRecord } from '../../ports/sink.ts';
import type { PublishTarget } from './publish-target.ts';

export interface Message {
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
  return text.length <= maxShortBytes && Buffer.byteLength(text) <= maxShortBytes;
}

/** The headers of a message that are text: those of a record, when this program has published it. */
export function readHeaders({ properties }: AmqpMessage): Readonly<Record<string, string | undefined>> {
  const headers: Record<string, unknown> = properties.headers ?? {};
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
