import type { Clock } from '../runtime/clock.ts';
import { formatCount } from '../runtime/format.ts';
import type { PartitionObserver } from './filter.ts';
import type { FilterProblems } from './filter-problems.ts';
import type { FilterStore } from './filter-store.ts';

interface ProgressWatchDeps {
  readonly readEnds: FilterStore['readEnds'];
  readonly problems: Pick<FilterProblems, 'observe'>;
  readonly observer: Pick<PartitionObserver, 'position' | 'lag' | 'ended'>;
  readonly clock: Clock;
}

const logEndIntervalMs = 2_000;
/** Time without progress after which a partition counts as stalled, in milliseconds. */
const stallTimeoutMs = 15_000;

interface Progress {
  position: number;
  lag?: number | undefined;
  /** Time at which the partition's position last changed, or at which the partition last had nothing to read. */
  movedAt: number;
  /** Time at which the partition's end offset was last reported. */
  endAt: number;
}

/** Checks that partitions make progress, by comparing their positions with the end offsets that the brokers report. */
export class ProgressWatch {
  readonly #deps: ProgressWatchDeps;
  readonly #partitions = new Map<number, Progress>();
  readonly #timer: NodeJS.Timeout;
  #isChecking = false;

  constructor(deps: ProgressWatchDeps) {
    this.#deps = deps;
    this.#timer = setInterval(() => void this.#check(), logEndIntervalMs);
  }

  /**
   * Records the position of a partition. The first position starts the watch of the partition. Each reported position
   * clears the partition's problem.
   */
  moved(facts: Parameters<PartitionObserver['position']>[0]): void {
    const { partition, position } = facts;
    this.#deps.problems.observe(partition, undefined);
    const now = this.#deps.clock.now();
    const progress = this.#partitions.get(partition);
    if (progress === undefined) {
      this.#partitions.set(partition, { position, movedAt: now, endAt: now });
    } else if (progress.position !== position) {
      progress.position = position;
      progress.movedAt = now;
    }
    this.#deps.observer.position(facts);
  }

  /** Ends the watch of a partition that this process no longer filters. */
  ended(partition: number): void {
    const { problems, observer } = this.#deps;
    this.#partitions.delete(partition);
    problems.observe(partition, undefined);
    observer.lag(partition, undefined);
    observer.ended(partition);
  }

  /**
   * Lists, with one sentence each, the partitions that make no progress although records are waiting, or whose end
   * offset is unknown.
   */
  problems(): readonly { readonly partition: number; readonly problem: string }[] {
    const now = this.#deps.clock.now();
    return [...this.#partitions].flatMap(([partition, { lag, movedAt, endAt }]) => {
      if (now - endAt > stallTimeoutMs) {
        const problem = `partition ${partition}: no broker has reported the end offset for ${formatSeconds(now - endAt)}`;
        return [{ partition, problem }];
      }
      if (lag !== undefined && lag > 0 && now - movedAt > stallTimeoutMs) {
        const problem = `partition ${partition} has made no progress for ${formatSeconds(now - movedAt)}, and ${formatCount(lag, 'record is', 'records are')} waiting`;
        return [{ partition, problem }];
      }
      return [];
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    if (this.#isChecking) {
      return;
    }
    this.#isChecking = true;
    const { readEnds, clock } = this.#deps;
    const previousPositions = new Map(
      [...this.#partitions].map(([partition, { position }]) => [partition, position]),
    );
    const endOffsets = await readEnds([...previousPositions.keys()]).catch(() => new Map<number, number>());
    this.#isChecking = false;
    const now = clock.now();
    for (const [partition, progress] of this.#partitions) {
      const previousPosition = previousPositions.get(partition);
      const end = endOffsets.get(partition);
      if (previousPosition !== undefined && end !== undefined) {
        progress.endAt = now;
        this.#setLag(partition, progress, computeLag(end, previousPosition, progress.position));
      } else if (now - progress.endAt > stallTimeoutMs) {
        this.#setLag(partition, progress, undefined);
      }
    }
  }

  #setLag(partition: number, progress: Progress, lag: number | undefined): void {
    progress.lag = lag;
    if (lag === 0) {
      progress.movedAt = this.#deps.clock.now();
    }
    this.#deps.observer.lag(partition, lag);
  }
}

/**
 * Computes the lag of a partition. If the log ends before the position, the lag is the number of all records in the
 * log.
 */
function computeLag(end: number, positionBefore: number, position: number): number {
  return end < positionBefore ? end : Math.max(0, end - position);
}

function formatSeconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
