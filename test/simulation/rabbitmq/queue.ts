import type { ServerWorld } from '../world/world.ts';
import type { Declaration } from './declaration.ts';
import type { Message } from './message.ts';

/** A message in a queue, with callbacks for its outcome. If the server dies first, neither callback is called. */
export interface Enqueued {
  readonly message: Message;
  readonly onStored: () => void;
  readonly onRefused: () => void;
  /** Whether the server has died, so that the outcomes of messages are no longer reported. */
  readonly isLost: () => boolean;
}

/**
 * State of a queue. `up`: the queue stores messages. `without_majority`: messages wait until a majority of the nodes is
 * available. `missing`: no message is routed to the queue and lookups fail, but the stored messages remain.
 */
type QueueState = 'up' | 'without_majority' | 'missing';

export type Queue = ReturnType<typeof createQueue>;

/** Creates a queue that keeps messages in the order of arrival and confirms messages that are on disk. */
export function createQueue(name: string, declaration: Declaration, world: ServerWorld) {
  /** Messages on disk, which survive a restart. */
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
    /** Whether the queue rejects messages, as a full queue does. */
    isFull: false,
    /** Share of messages that the queue rejects, from 0 to 1. */
    refusedShare: 0,
    /** Maximum time of a disk sync, in milliseconds. */
    syncMs: 4,
    sync,
    enqueue(enqueued: Enqueued) {
      waiting.push(enqueued);
      syncSoon();
    },
    /**
     * Simulates a killed server. Some of the waiting messages are on disk, and the outcome of the others is never
     * reported.
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
