import type { DeadLetterStore } from '../../ports/dead-letter.ts';
import type { ReadOptions, StoredRecord } from '../../ports/record-reader.ts';
import { isLess, RangeReading } from '../../runtime/range-reading.ts';
import { readHeaders } from './publish-batch.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { readQueueExclusively, type UnackedMessage, type UnackedReader } from './unacked-reader.ts';

export interface RabbitMqDeadLettersOptions extends Pick<ReadOptions, 'observer'> {
  readonly access: RabbitMqAccess;
  readonly queue: string;
}

/** Copies of a whole batch may be on their way at once. */
const batchSize = 100;

/**
 * What waited when the queue was opened.
 *
 * @param onGone told, with a sentence, when the queue says that it has no more, because others have taken some
 */
export async function* readBatches(held: UnackedReader, onGone: (text: string) => void) {
  const reading = new RangeReading({ from: 0, end: held.total }, isLess);
  while (!reading.isAtEnd) {
    const first = reading.at;
    const messages = await held.take(Math.min(batchSize, held.total - first));
    if (messages.length === 0) {
      onGone(
        `${held.total - first} of the ${held.total} messages of ${held.name} were taken by others, or have expired, before they were read.`,
      );
      reading.readTo(held.total);
    } else {
      yield { messages, first };
      reading.readTo(first + messages.length);
    }
  }
}

/**
 * The dead letters of a queue. What was put back is removed from it; the others go back to their places. A process that
 * ends between the two puts a letter back again in the next run, and loses none.
 */
export async function openRabbitMqDeadLetters(options: RabbitMqDeadLettersOptions): Promise<DeadLetterStore> {
  const { access, queue, observer } = options;
  const held = await readQueueExclusively(access, queue);
  if (held.consumerCount > 0) {
    observer.onWarning(`${queue} has ${held.consumerCount} consumers: what they hold is not read.`, true);
  }
  /** Of the last batch, by their places. What stays is given back at the end. */
  const left = new Map<string, UnackedMessage>();
  return {
    name: queue,
    async *records() {
      observer.onStart(`the queue ${queue}`, held.total);
      for await (const { messages, first } of readBatches(held, observer.onWarning)) {
        const records = messages.map((message, index) => toStoredRecord(message, queue, first + index));
        for (const [index, { place }] of records.entries()) {
          left.set(place, messages[index] as UnackedMessage);
        }
        observer.onProgress(messages.length);
        yield records;
        await keepOld(held, [...left.values()]);
        left.clear();
      }
    },
    async note(places) {
      await held.remove(places.map((place) => left.get(place) as UnackedMessage));
      for (const place of places) {
        left.delete(place);
      }
    },
    close: () => held.close(),
  };
}

/** A letter that was given back before is copied: the queue may drop it at the next. */
async function keepOld(held: UnackedReader, messages: readonly UnackedMessage[]): Promise<void> {
  const old = messages.filter((message) => countDeliveries(message) > 0);
  const copied = old.length === 0 ? [] : await held.copy(old);
  if (copied.length > 0) {
    await held.remove(copied);
  }
}

function countDeliveries({ properties }: UnackedMessage): number {
  const count: unknown = properties.headers?.['x-delivery-count'];
  return typeof count === 'number' ? count : 0;
}

/** Its key is not among the headers of a message: it is the subject, or the id of an event without one. */
export function toStoredRecord(message: UnackedMessage, topic: string, index: number): StoredRecord {
  const headers = readHeaders(message) as Readonly<Record<string, string>>;
  const receivedAtMs = Date.parse(headers['received-at'] ?? '');
  return {
    topic,
    place: `${topic}/${index}`,
    headers,
    value: message.content,
    key: headers.ce_subject ?? headers.ce_id ?? null,
    storedAtMs: Number.isNaN(receivedAtMs) ? 0 : receivedAtMs,
  };
}
