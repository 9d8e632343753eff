import { type Sink, SinkError } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { within } from '../../runtime/within.ts';
import { holdsRecords } from './find-spooled.ts';
import type { SpoolKeeper } from './spool-keeper.ts';

export interface HoldDeps {
  readonly spool: Pick<SpoolKeeper, 'directory' | 'tried'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opening takes less, unless somebody else has the directory. */
const minHoldMs = 1_000;
/** A directory that somebody else has is taken over, or known as in use, after ten seconds. What lasts longer hangs. */
const maxHoldMs = 15_000;

const detail = 'the spool is not open yet, and may hold records that come before later ones';

/**
 * What an earlier process left in the spool must not be overtaken by the first deliveries. So until the first attempt to open
 * it has ended, appends wait. When that takes long and the directory shows that it holds nothing, the store takes them. A
 * directory that hangs counts as one that cannot be opened after a while.
 */
export function holdUntilOpened(
  sink: Sink & Required<Pick<Sink, 'status'>>,
  { spool, clock, logger }: HoldDeps,
): Sink {
  const known = Promise.withResolvers<void>();
  let isHeld = true;
  const timers: NodeJS.Timeout[] = [];

  function letGo(): void {
    timers.forEach(clearTimeout);
    isHeld = false;
    known.resolve();
  }

  async function letGoIfEmpty(): Promise<void> {
    if (!(await holdsRecords(spool.directory))) {
      letGo();
    }
  }

  function after(ms: number, work: () => void): void {
    timers.push(setTimeout(work, ms).unref());
  }

  return {
    start() {
      void spool.tried.then(letGo);
      // What cannot be seen is found out by the attempt to open it.
      after(minHoldMs, () => void letGoIfEmpty().catch(() => {}));
      after(maxHoldMs, () => {
        const { directory } = spool;
        logger.error({ directory }, 'the spool does not open, so the store alone takes events');
        letGo();
      });
      return sink.start();
    },
    async append(records, deadline, deadLetters) {
      if (isHeld) {
        const toHeld = () => new SinkError('sink_unavailable', detail);
        await within(known.promise, Math.max(0, deadline - clock.now()), toHeld);
      }
      return sink.append(records, deadline, deadLetters);
    },
    health: () => (isHeld ? { up: false, detail } : sink.health()),
    status: () => sink.status(),
    async close() {
      letGo();
      await sink.close();
    },
  };
}
