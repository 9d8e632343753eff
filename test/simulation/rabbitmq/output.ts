import type { Duplex } from 'node:stream';
import type { ServerWorld } from '../world/world.ts';

export type Output = ReturnType<typeof createOutput>;

/** Duration of a stall, which may be shorter or longer than a client's timeout. */
const stallMs = { from: 100, to: 6_000 };

/** Writes the responses of a node to one connection. */
export function createOutput(socket: Duplex, { after, random }: ServerWorld) {
  /** Writes that wait during a stall. */
  let waiting: (() => void)[] | undefined;

  function perform(action: () => void): void {
    if (waiting === undefined) {
      action();
    } else {
      waiting.push(action);
    }
  }

  return {
    /** Sends the buffers in a single write. */
    write: (...bytes: readonly Buffer[]) =>
      perform(() => {
        if (!socket.writableEnded && !socket.destroyed) {
          socket.write(Buffer.concat(bytes));
        }
      }),
    /** Delays all further data and keeps its order. */
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
    /** Ends the connection after all data is written. */
    end: () => perform(() => socket.end()),
    destroy: () => void socket.destroy(),
  };
}
