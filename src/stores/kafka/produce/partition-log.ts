import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';

/**
 * Logs which partitions of a topic stop or resume accepting records. Each kind of change is logged in at most one
 * line every few seconds.
 */
export interface PartitionLog {
  /**
   * Records that a partition stopped accepting records.
   *
   * @param reason reason from the broker, or `undefined` if the broker did not respond or the partition has no leader
   */
  stopped(partition: number, reason: string | undefined): void;
  recovered(partition: number): void;
}

interface PartitionLogDeps {
  readonly topic: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Time in milliseconds during which changes are collected into one line. */
const gatherMs = 100;
const intervalMs = 5_000;
const maxNamed = 20;

export function createPartitionLog({ topic, clock, logger }: PartitionLogDeps): PartitionLog {
  const stopped = new Map<number, string | undefined>();
  const recovered = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let loggedAt = Number.NEGATIVE_INFINITY;

  function schedule(): void {
    if (timer === undefined) {
      const delayMs = Math.max(gatherMs, loggedAt + intervalMs - clock.now());
      timer = setTimeout(flush, delayMs).unref();
    }
  }

  function flush(): void {
    timer = undefined;
    loggedAt = clock.now();
    if (stopped.size > 0) {
      const reason = [...stopped.values()].find((each) => each !== undefined);
      logger.error(
        { topic, ...toFields(stopped.keys()), ...(reason !== undefined && { reason }) },
        'Kafka partitions do not accept records: deliveries with records for them are rejected until they recover',
      );
    }
    if (recovered.size > 0) {
      logger.info({ topic, ...toFields(recovered) }, 'Kafka partitions accept records again');
    }
    stopped.clear();
    recovered.clear();
  }

  return {
    stopped(partition, reason) {
      recovered.delete(partition);
      stopped.set(partition, reason);
      schedule();
    },
    recovered(partition) {
      // A partition that stopped and recovered since the last line is not logged.
      if (!stopped.delete(partition)) {
        recovered.add(partition);
      }
      schedule();
    },
  };
}

function toFields(partitions: Iterable<number>): { readonly count: number; readonly partitions: number[] } {
  const all = [...partitions].toSorted((a, b) => a - b);
  return { count: all.length, partitions: all.slice(0, maxNamed) };
}
