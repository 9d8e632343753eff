import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';

interface PartitionChangeLoggerDeps {
  readonly topic: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Time in milliseconds during which changes are collected into one line. */
const changeBatchDelayMs = 100;
const partitionChangeLogIntervalMs = 5_000;
const maxListedPartitions = 20;

/**
 * Logs which partitions of a topic stop or resume accepting records. Each kind of change is logged in at most one
 * line every few seconds.
 */
export class PartitionChangeLogger {
  readonly #deps: PartitionChangeLoggerDeps;
  /** Partitions that have stopped since the last line, each with the reason from the broker. */
  readonly #stopped = new Map<number, string | undefined>();
  readonly #recovered = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: PartitionChangeLoggerDeps) {
    this.#deps = deps;
  }

  /**
   * Records that a partition stopped accepting records.
   *
   * @param reason reason from the broker, or `undefined` if the broker did not respond or the partition has no leader
   */
  stopped(partition: number, reason: string | undefined): void {
    this.#recovered.delete(partition);
    this.#stopped.set(partition, reason);
    this.#schedule();
  }

  recovered(partition: number): void {
    // A partition that stopped and recovered since the last line is not logged.
    if (!this.#stopped.delete(partition)) {
      this.#recovered.add(partition);
    }
    this.#schedule();
  }

  #schedule(): void {
    const delayMs = Math.max(
      changeBatchDelayMs,
      this.#loggedAt + partitionChangeLogIntervalMs - this.#deps.clock.now(),
    );
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#flush(), delayMs).unref();
    }
  }

  #flush(): void {
    const { topic, clock, logger } = this.#deps;
    this.#timer = undefined;
    this.#loggedAt = clock.now();
    if (this.#stopped.size > 0) {
      const reason = [...this.#stopped.values()].find((each) => each !== undefined);
      logger.error(
        { topic, ...toFields(this.#stopped.keys()), ...(reason !== undefined && { reason }) },
        'Kafka partitions do not accept records: deliveries with records for them are rejected until they recover',
      );
    }
    if (this.#recovered.size > 0) {
      logger.info({ topic, ...toFields(this.#recovered) }, 'Kafka partitions accept records again');
    }
    this.#stopped.clear();
    this.#recovered.clear();
  }
}

function toFields(partitions: Iterable<number>): { readonly count: number; readonly partitions: number[] } {
  const all = [...partitions].toSorted((a, b) => a - b);
  return { count: all.length, partitions: all.slice(0, maxListedPartitions) };
}
