import type { ServerWorld } from '../world/world.ts';
import type { Declaration } from './declaration.ts';
import type { Message } from './message.ts';

/** A message in a queue, with callbacks for its fate. Neither is called if the server dies first. */
export interface Enqueued {
  readonly message: Message;
  readonly onStored: () => void;
  readonly onRefused: () => void;
  /** Whether the server has died, so that nothing is reported any more. */
  readonly isLost: () => boolean;
}

/**
 * State of a queue. `up`: messages are stored. `without_majority`: messages wait until there is a majority. `missing`:
 * nothing is routed to the queue and lookups fail, but its messages stay.
 */
type QueueState = 'up' | 'without_majority' | 'missing';

export type Queue = ReturnType<typeof createQueue>;

/** Creates a queue, which keeps the order of arrival and confirms messages that are on disk. */
export function createQueue(name: string, declaration: Declaration, world: ServerWorld) {
  /** Messages on disk. They survive a restart. */
  const messages: Message[] = [];
  let waiting: Enqueued[] = [];
  let isSyncing = false;
  let hasMajority = true;
  let isMissing = false;
  const limit = Number(declaration.arguments['x-max-length'] ?? Number.POSITIVE_INFINITY);
  const rejects = String(declaration.arguments['x-overflow']).startsWith('reject-publish');

  /** Writes the waiting messages to disk. */
  function sync(): void {
    isSyncing = false;
    if (!hasMajority) {
      return;
    }
    const ready = waiting;
    waiting = [];
    for (const { message, onStored, onRefused } of ready) {
      const isRefused = queue.refusedShare > 0 && world.random.chance(queue.refusedShare);
      const isTaken = !queue.isFull && !isRefused && !(rejects && messages.length >= limit);
      world.note(name, isTaken ? 'stores' : 'refuses', () => message.content.toString());
      if (!isTaken) {
        onRefused();
      } else {
        messages.push(message);
        messages.splice(0, Math.max(0, messages.length - limit));
        onStored();
      }
    }
  }

  function syncSoon(): void {
    if (!isSyncing) {
      isSyncing = true;
      world.after(world.random.between(0, queue.syncMs), sync);
    }
  }

  const state = (): QueueState => (isMissing ? 'missing' : hasMajority ? 'up' : 'without_majority');

  const queue = {
    name,
    declaration,
    messages,
    state,
    set hasMajority(has: boolean) {
      hasMajority = has;
      syncSoon();
    },
    set isMissing(is: boolean) {
      isMissing = is;
      syncSoon();
    },
    /** Whether it rejects messages, as a full queue does. */
    isFull: false,
    /** Share of messages that are rejected, from 0 to 1. */
    refusedShare: 0,
    /** Maximum time of a disk sync, in milliseconds. */
    syncMs: 4,
    sync,
    enqueue(enqueued: Enqueued) {
      waiting.push(enqueued);
      syncSoon();
    },
    /**
     * Simulates a killed server: some of the waiting messages are on disk, and the fate of the rest is never reported.
     */
    crash(): void {
      const lost = waiting.filter(({ isLost }) => isLost());
      waiting = waiting.filter((each) => !lost.includes(each));
      const kept = queue.isFull || state() !== 'up' ? 0 : world.random.int(lost.length + 1);
      messages.push(...lost.slice(0, kept).map(({ message }) => message));
    },
  };
  return queue;
}
