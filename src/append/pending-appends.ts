import type { Clock } from '../runtime/clock.ts';
import { createDeadlineWatch } from '../runtime/deadline-watch.ts';
import type { SinkError } from '../sink/sink.ts';
import { PendingAppend } from './pending-append.ts';

const sweepIntervalMs = 25;

export interface PendingAppends {
  readonly size: number;
  add(recordCount: number, deadline: number): PendingAppend;
  /** Fails all of them. */
  failAll(error: SinkError): void;
  /** Resolves when none is left. */
  drained(): Promise<void>;
}

interface PendingAppendsDeps {
  readonly clock: Clock;
  /** Runs after each sweep while appends are pending. @param expired how many reached their deadline in this sweep */
  readonly onSweep: (expired: number) => void;
}

/** The appends that are not settled yet, each with a deadline. */
export function createPendingAppends({ clock, onSweep }: PendingAppendsDeps): PendingAppends {
  let drained: PromiseWithResolvers<void> | undefined;
  const pending = createDeadlineWatch<PendingAppend>({
    now: () => clock.now(),
    intervalMs: sweepIntervalMs,
    onSweep,
  });

  function onSettle(append: PendingAppend): void {
    pending.remove(append);
    if (pending.size === 0) {
      drained?.resolve();
      drained = undefined;
    }
  }

  return {
    get size() {
      return pending.size;
    },
    add(recordCount, deadline) {
      const append = new PendingAppend(recordCount, deadline, onSettle);
      pending.add(append);
      return append;
    },
    failAll(error) {
      pending.forEach((append) => {
        append.fail(error);
      });
    },
    async drained() {
      if (pending.size > 0) {
        drained ??= Promise.withResolvers();
        await drained.promise;
      }
    },
  };
}
