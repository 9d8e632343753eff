import { type DeadLetter, type DeadLetterStore, toDeadLetter } from '../../ports/dead-letter.ts';
import { isLess, RangeReading } from '../../runtime/range-reading.ts';
import { type Held, type HeldQueue, holdQueue } from './held-queue.ts';
import { readHeaders } from './publish-batch.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';

export interface RabbitMqDeadLettersOptions {
  readonly access: RabbitMqAccess;
  readonly queue: string;
  readonly onNotice: (text: string) => void;
}

/** Copies of a whole batch may be on their way at once. */
const batchSize = 100;

/**
 * What waited when the queue was opened.
 *
 * @param onGone told, with a sentence, when the queue says that it has no more, because others have taken some
 */
export async function* readBatches(held: HeldQueue, onGone: (text: string) => void) {
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
  const { access, queue, onNotice } = options;
  const held = await holdQueue(access, queue);
  if (held.consumerCount > 0) {
    onNotice(`${queue} has ${held.consumerCount} consumers: what they hold is not read.`);
  }
  return {
    name: queue,
    total: held.total,
    async read(handle) {
      for await (const { messages, first } of readBatches(held, onNotice)) {
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
