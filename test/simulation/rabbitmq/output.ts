import type { Duplex } from 'node:stream';
import type { ServerWorld } from '../world/world.ts';

export type Output = ReturnType<typeof createOutput>;

/** Longer than a client waits for an answer, or shorter. */
const stallMs = { from: 100, to: 6_000 };

/** What a node writes on one connection. */
export function createOutput(socket: Duplex, { after, random }: ServerWorld) {
  /** What waits while it is stalled. */
  let waiting: (() => void)[] | undefined;

  function perform(action: () => void): void {
    if (waiting === undefined) {
      action();
    } else {
      waiting.push(action);
    }
  }

  return {
    /** In one write. */
    write: (...bytes: readonly Buffer[]) =>
      perform(() => {
        if (!socket.writableEnded && !socket.destroyed) {
          socket.write(Buffer.concat(bytes));
        }
      }),
    /** Everything from now on comes later, in its order. */
    stall() {
      if (waiting === undefined) {
        waiting = [];
        after(random.between(stallMs.from, stallMs.to), () => {
          const actions = waiting ?? [];
          waiting = undefined;
          for (const action of actions) {
            action();
          }
        });
      }
    },
    /** After what was written. */
    end: () => perform(() => socket.end()),
    destroy: () => void socket.destroy(),
  };
}
