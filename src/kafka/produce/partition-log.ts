import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';

/** Says which partitions of a topic take no records, and which do again: all in one line, one every few seconds. */
export interface PartitionLog {
  /** @param reason what the broker gives; `undefined` when it did not answer, or the partition has no leader */
  refused(partition: number, reason: string | undefined): void;
  recovered(partition: number): void;
}

interface PartitionLogDeps {
  readonly topic: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** So that what happens together stands in one line. */
const gatherMs = 100;
const intervalMs = 5_000;
const mostNamed = 20;

export function createPartitionLog({ topic, clock, logger }: PartitionLogDeps): PartitionLog {
  const refused = new Map<number, string | undefined>();
  const recovered = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let saidAt = 0;

  function schedule(): void {
    if (timer === undefined) {
      const delayMs = Math.max(gatherMs, saidAt + intervalMs - clock.now());
      timer = setTimeout(say, delayMs).unref();
    }
  }

  function say(): void {
    timer = undefined;
    saidAt = clock.now();
    if (refused.size > 0) {
      const reason = [...refused.values()].find((each) => each !== undefined);
      logger.error(
        { topic, ...toFields(refused.keys()), ...(reason !== undefined && { reason }) },
        'kafka partitions take no records: they are refused until they do',
      );
    }
    if (recovered.size > 0) {
      logger.info({ topic, ...toFields(recovered) }, 'kafka partitions take records again');
    }
    refused.clear();
    recovered.clear();
  }

  return {
    refused(partition, reason) {
      recovered.delete(partition);
      refused.set(partition, reason);
      schedule();
    },
    recovered(partition) {
      // Otherwise both is worth a line: it was refused in an earlier one.
      if (!refused.delete(partition)) {
        recovered.add(partition);
      }
      schedule();
    },
  };
}

function toFields(partitions: Iterable<number>): { readonly count: number; readonly partitions: number[] } {
  const all = [...partitions].toSorted((a, b) => a - b);
  return { count: all.length, partitions: all.slice(0, mostNamed) };
}
