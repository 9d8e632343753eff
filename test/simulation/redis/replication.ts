import type { ServerWorld } from '../world/world.ts';
import type { RedisNode } from './redis-node.ts';

/** A replica that follows a primary. */
export interface Replication {
  /** It follows, and has what the primary had when it began. */
  isOnline(): boolean;
  /** Steps that the primary knows the replica to have; on its disk. */
  readonly known: { readonly done: number; readonly synced: number };
  /** The primary has done more. */
  ship(): void;
  /** The primary asks what the replica has now; by itself it says so once a second. */
  ask(): void;
  /** The link between the two is cut, or stands again: the replica then gets a copy of everything. */
  setLink(isUp: boolean): void;
  end(): void;
}

const reportIntervalMs = 1_000;

export function createReplication(world: ServerWorld, primary: RedisNode, replica: RedisNode): Replication {
  const { random } = world;
  const known = { done: 0, synced: 0 };
  let isOnline = false;
  let isUp = false;
  let hasEnded = false;
  /** What was on its way over an earlier link does not arrive. */
  let epoch = 0;

  function later(ms: number, run: () => void): void {
    const own = epoch;
    world.after(ms, () => {
      if (own === epoch && isUp) {
        run();
      }
    });
  }

  function tell(): void {
    const done = replica.log.length;
    const synced = Math.min(done, replica.file.synced());
    later(random.between(0, 3), () => {
      known.done = done;
      known.synced = synced;
      primary.serve();
    });
  }

  function report(): void {
    if (!hasEnded) {
      world.after(reportIntervalMs, report);
      if (isOnline) {
        tell();
      }
    }
  }

  function copy(): void {
    later(random.between(20, 1_500), () => {
      if (primary.isRunning() && replica.isRunning()) {
        replica.copy(primary.log);
        isOnline = true;
        tell();
      } else {
        copy();
      }
    });
  }

  report();
  const replication: Replication = {
    isOnline: () => isOnline,
    known,
    ship() {
      const upTo = primary.log.length;
      if (isOnline) {
        later(random.between(0, 3), () => replica.follow(primary.log.slice(replica.log.length, upTo)));
      }
    },
    ask() {
      if (isOnline) {
        later(random.between(0, 3), tell);
      }
    },
    setLink(next) {
      epoch += 1;
      isUp = next;
      isOnline = false;
      known.done = 0;
      known.synced = 0;
      if (isUp) {
        copy();
      }
    },
    end() {
      replication.setLink(false);
      hasEnded = true;
    },
  };
  replication.setLink(true);
  return replication;
}
