import type { Clock } from '../runtime/clock.ts';

/** Checks that partitions make progress. It compares positions with the ends of the logs, as the brokers report them. */
export interface ProgressWatch {
  /** All records before that offset are filtered. */
  moved(partition: number, position: number): void;
  /** The partition is no longer filtered here. */
  ended(partition: number): void;
  /** A sentence for each partition that makes no progress while records wait, or whose end is not reported. */
  problems(): readonly { readonly partition: number; readonly problem: string }[];
  stop(): void;
}

export interface ProgressWatchDeps {
  /** May leave out ends that it could not find. */
  readonly readEnds: (partitions: readonly number[]) => Promise<ReadonlyMap<number, number>>;
  readonly owned: () => readonly number[];
  /** Records that wait; `undefined` when that is not known. */
  readonly onLag: (partition: number, records: number | undefined) => void;
  readonly intervalMs: number;
  /** How long a partition may make no progress. */
  readonly stallMs: number;
  readonly clock: Clock;
}

interface Progress {
  /** `undefined` before the partition was acquired. */
  position?: number;
  lag?: number | undefined;
  /** When its position last changed, or it had nothing to read. */
  movedAt: number;
  /** When its end was last reported. */
  endAt: number;
}

export function startProgressWatch(deps: ProgressWatchDeps): ProgressWatch {
  const { readEnds, owned, onLag, intervalMs, stallMs, clock } = deps;
  const partitions = new Map<number, Progress>();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function progressOf(partition: number): Progress {
    const now = clock.now();
    const progress = partitions.get(partition) ?? { movedAt: now, endAt: now };
    partitions.set(partition, progress);
    return progress;
  }

  function setLag(partition: number, progress: Progress, lag: number | undefined): void {
    progress.lag = lag;
    if (lag === 0) {
      progress.movedAt = clock.now();
    }
    onLag(partition, lag);
  }

  async function check(): Promise<void> {
    const before = new Map(owned().map((partition) => [partition, progressOf(partition).position]));
    const ends = await readEnds([...before.keys()]).catch(() => new Map<number, number>());
    const now = clock.now();
    for (const [partition, positionBefore] of before) {
      const progress = partitions.get(partition);
      const end = ends.get(partition);
      if (progress !== undefined && end !== undefined) {
        progress.endAt = now;
        setLag(partition, progress, toLag(end, positionBefore, progress.position));
      } else if (progress !== undefined && now - progress.endAt > stallMs) {
        setLag(partition, progress, undefined);
      }
    }
  }

  async function run(): Promise<void> {
    await check();
    if (!stopped) {
      timer = setTimeout(() => void run(), intervalMs);
    }
  }
  void run();

  return {
    moved(partition, position) {
      const progress = progressOf(partition);
      if (progress.position !== position) {
        progress.position = position;
        progress.movedAt = clock.now();
      }
    },
    ended(partition) {
      partitions.delete(partition);
      onLag(partition, undefined);
    },
    problems() {
      const now = clock.now();
      return [...partitions].flatMap(([partition, { lag, movedAt, endAt }]) => {
        if (now - endAt > stallMs) {
          return [
            {
              partition,
              problem: `${partition}: no broker has said where it ends for ${toSeconds(now - endAt)}`,
            },
          ];
        }
        return lag !== undefined && lag > 0 && now - movedAt > stallMs
          ? [
              {
                partition,
                problem: `${partition} has not moved for ${toSeconds(now - movedAt)} while ${lag} records wait`,
              },
            ]
          : [];
      });
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** When the log is shorter than what was read from it, all of its records wait. */
function toLag(
  end: number,
  positionBefore: number | undefined,
  position: number | undefined,
): number | undefined {
  if (position === undefined) {
    return undefined;
  }
  return positionBefore !== undefined && end < positionBefore ? end : Math.max(0, end - position);
}

function toSeconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
