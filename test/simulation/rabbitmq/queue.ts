import type { ServerWorld } from '../world/world.ts';
import type { Declaration } from './declaration.ts';
import type { Message } from './message.ts';

/** What becomes of a message in one queue. It is told when it is known, and never when the server dies before. */
export interface Enqueued {
  readonly message: Message;
  readonly onStored: () => void;
  readonly onRefused: () => void;
  /** Its server has died: nobody is told any more. */
  readonly isLost: () => boolean;
}

/**
 * - `up`: what comes is stored
 * - `without_majority`: what comes waits until there is one
 * - `missing`: nothing is routed to it, and whoever asks for it hears that it is not there. Its messages stay
 */
type QueueState = 'up' | 'without_majority' | 'missing';

export type Queue = ReturnType<typeof createQueue>;

/** A queue keeps the order of arrival, and confirms what its disk has. */
export function createQueue(name: string, declaration: Declaration, world: ServerWorld) {
  /** On the disk: a restart leaves them. */
  const messages: Message[] = [];
  let waiting: Enqueued[] = [];
  let isSyncing = false;
  let hasMajority = true;
  let isMissing = false;
  const limit = Number(declaration.arguments['x-max-length'] ?? Number.POSITIVE_INFINITY);
  const rejects = String(declaration.arguments['x-overflow']).startsWith('reject-publish');

  /** What waits for the disk is on it now. */
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
    /** It refuses what comes, as a full one does. */
    isFull: false,
    /** So many of the messages are refused, from 0 to 1. */
    refusedShare: 0,
    /** How long the disk may take, in milliseconds. */
    syncMs: 4,
    sync,
    enqueue(enqueued: Enqueued) {
      waiting.push(enqueued);
      syncSoon();
    },
    /** A server was killed: of what waits for the disk, a part is on it, and of the rest nobody hears. */
    crash(): void {
      const lost = waiting.filter(({ isLost }) => isLost());
      waiting = waiting.filter((each) => !lost.includes(each));
      const kept = queue.isFull || state() !== 'up' ? 0 : world.random.int(lost.length + 1);
      messages.push(...lost.slice(0, kept).map(({ message }) => message));
    },
  };
  return queue;
}
