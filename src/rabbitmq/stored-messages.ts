import { partitionFor } from '../append/partition-for.ts';
import { isLess, RangeReading, UnreadRangeError } from '../runtime/range-reading.ts';
import { type DeadLetter, type DeadLetterStore, toDeadLetter } from '../sink/dead-letter.ts';
import type { StoredEvents, StoredRecord } from '../sink/stored-events.ts';
import { withConnection } from './amqp-connection.ts';
import { describeTarget, endlessDeliveries, usualDeliveryLimit } from './describe-target.ts';
import { type Held, type HeldQueue, holdQueue } from './held-queue.ts';
import { readHeaders } from './message.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';

export interface RabbitMqDeadLettersOptions {
  readonly access: RabbitMqAccess;
  readonly queue: string;
  readonly onNotice: (text: string) => void;
}

/** Copies of a whole batch may be on their way at once. */
const deadLetterBatchSize = 100;
const eventBatchSize = 500;

/**
 * What waited when the queue was opened.
 *
 * @param onGone told, with a sentence, when the queue says that it has no more, because others have taken some
 */
export async function* readBatches(held: HeldQueue, size: number, onGone: (text: string) => void) {
  const reading = new RangeReading({ from: 0, end: held.total }, isLess);
  while (!reading.isAtEnd) {
    const first = reading.at;
    const messages = await held.take(Math.min(size, held.total - first));
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
  const { access, queue, onNotice } = options;
  const held = await holdQueue(access, queue);
  if (held.consumerCount > 0) {
    onNotice(`${queue} has ${held.consumerCount} consumers: what they hold is not read.`);
  }
  return {
    name: queue,
    total: held.total,
    async read(handle) {
      for await (const { messages, first } of readBatches(held, deadLetterBatchSize, onNotice)) {
        const letters = messages.map((message, index) =>
          toDeadLetter(message.content, readHeaders(message), `${queue}/${first + index}`),
        );
        await removeDone(held, messages, letters, await handle(letters));
      }
    },
    close: () => held.close(),
  };
}

/** What stays is given back at the end. A letter that was given back before is copied: the queue may drop it at the next. */
async function removeDone(
  held: HeldQueue,
  messages: readonly Held[],
  letters: readonly (DeadLetter | undefined)[],
  done: ReadonlySet<DeadLetter>,
): Promise<void> {
  const isDone = (index: number) => {
    const letter = letters[index];
    return letter !== undefined && done.has(letter);
  };
  const old = messages.filter((message, index) => !isDone(index) && countDeliveries(message) > 0);
  const copied = old.length === 0 ? [] : await held.copy(old);
  const removed = [...messages.filter((_, index) => isDone(index)), ...copied];
  if (removed.length > 0) {
    await held.remove(removed);
  }
}

function countDeliveries({ properties }: Held): number {
  const count: unknown = properties.headers?.['x-delivery-count'];
  return typeof count === 'number' ? count : 0;
}

/**
 * What is published to these queues from now on. It is read as a consumer would, and given back: the order stays, and each
 * message counts as delivered once more.
 *
 * @throws when a consumer takes messages away
 */
export async function openRabbitMqEvents(
  access: RabbitMqAccess,
  queues: readonly string[],
): Promise<StoredEvents> {
  const before = new Map<string, number>();
  for (const queue of queues) {
    await checkDeliveryLimit(access, queue);
    const held = await holdQueue(access, queue);
    await held.close();
    refuseConsumers(queue, held);
    before.set(queue, held.total);
  }
  return {
    name: `the ${queues.length === 1 ? 'queue' : 'queues'} ${queues.join(', ')}`,
    partitionOf: (key) => partitionFor(key, queues.length),
    async read(handle) {
      for (const [partition, queue] of queues.entries()) {
        const held = await holdQueue(access, queue);
        try {
          refuseConsumers(queue, held);
          for await (const { messages, first } of readBatches(held, eventBatchSize, failIncomplete)) {
            const known = (before.get(queue) ?? 0) - first;
            for (const message of messages.slice(Math.max(0, known))) {
              handle(toStoredRecord(message, partition));
            }
          }
        } finally {
          await held.close();
        }
      }
    },
  };
}

/** A quorum queue drops what was given back too often. Whoever reads without removing gives back. */
export async function checkDeliveryLimit(access: RabbitMqAccess, queue: string): Promise<void> {
  const facts = await withConnection(access, (connection) =>
    describeTarget(connection, { kind: 'queue', name: queue }),
  );
  const limit = facts.state === 'described' ? facts.deliveryLimit : usualDeliveryLimit;
  if (limit !== undefined && limit < endlessDeliveries) {
    throw new Error(
      `${queue} drops a message that was given back ${limit} times, and reading it gives back: use a queue that \`comapi-webhook topics\` has made, with x-delivery-limit ${endlessDeliveries}`,
    );
  }
}

/** What others have taken would look as if it had never been stored. */
function failIncomplete(text: string): never {
  throw new UnreadRangeError(
    `${text.replace(/\.$/, '')}: use a queue that nobody else reads, and run it again`,
  );
}

function refuseConsumers(queue: string, { consumerCount }: HeldQueue): void {
  if (consumerCount > 0) {
    throw new Error(
      `${queue} has ${consumerCount} consumers, which take its messages away before they can be compared: stop them, or use a queue for the test`,
    );
  }
}

function toStoredRecord(message: Held, partition: number): StoredRecord {
  const headers = readHeaders(message);
  return {
    key: headers.ce_subject ?? headers.ce_id ?? null,
    value: message.content,
    id: headers.ce_id,
    partition,
  };
}
