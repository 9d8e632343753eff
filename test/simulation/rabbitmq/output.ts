import type { Duplex } from 'node:stream';
import type { ServerWorld } from '../world/world.ts';

/** What a node writes on one connection. */
export interface Output {
  /** In one write. */
  write(...bytes: readonly Buffer[]): void;
  /** Everything from now on comes later, in its order. */
  stall(): void;
  /** After what was written. */
  end(): void;
  destroy(): void;
}

/** Longer than a client waits for an answer, or shorter. */
const stallMs = { from: 100, to: 6_000 };

export function createOutput(socket: Duplex, { after, random }: ServerWorld): Output {
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
    write: (...bytes) =>
      perform(() => {
        if (!socket.writableEnded && !socket.destroyed) {
          socket.write(Buffer.concat(bytes));
        }
      }),
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
    end: () => perform(() => socket.end()),
    destroy: () => void socket.destroy(),
  };
}
