import type { ConsumeMessage } from 'amqplib';
import { type DeadLetter, type DeadLetterStore, toDeadLetter } from '../sink/dead-letter.ts';
import { type HeldQueue, holdQueue } from './held-queue.ts';
import { readHeaders } from './message.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';

export interface RabbitMqDeadLettersOptions {
  readonly access: RabbitMqAccess;
  readonly queue: string;
  readonly onNotice: (text: string) => void;
}

const batchSize = 100;

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
      let read = 0;
      while (read < held.total) {
        const messages = await held.take(Math.min(batchSize, held.total - read));
        if (messages.length === 0) {
          return;
        }
        const base = read;
        const letters = messages.map((message, index) => toLetter(message, `${queue}/${base + index}`));
        const done = await handle(letters);
        await removeDone(held, messages, letters, done);
        read += messages.length;
      }
    },
    close: () => held.close(),
  };
}

/** What stays is given back at the end. A letter that was given back before is copied: the queue may drop it at the next. */
async function removeDone(
  held: HeldQueue,
  messages: readonly ConsumeMessage[],
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

function countDeliveries({ properties }: ConsumeMessage): number {
  const count: unknown = properties.headers?.['x-delivery-count'];
  return typeof count === 'number' ? count : 0;
}

function toLetter(message: ConsumeMessage, place: string): DeadLetter | undefined {
  return toDeadLetter(message.content, readHeaders(message), place);
}
