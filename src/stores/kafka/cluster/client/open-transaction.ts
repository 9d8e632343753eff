import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../../../runtime/clock.ts';
import { UnreadRangeError } from '../../../../runtime/range-reading.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { offsetTimes } from './list-offsets.ts';
import type { PartitionReader } from './partition-reader.ts';

/** Written records that are invisible to readers until an open transaction ends. */
export interface HiddenRecords extends TopicPartition {
  /** Offset at which the transaction begins: the last stable offset. */
  readonly from: number;
  /** Offset after the last replicated record: the high watermark. */
  readonly to: number;
}

/** End of the readable records, and end of all records. */
export interface ReadableEnd {
  readonly stable: number;
  readonly written: number;
}

const pollIntervalMs = 50;

/**
 * Waits until all records that exist now are readable, at most for `waitMs`. Transactions of the filter hide the
 * records
 * after them, but last only milliseconds.
 */
export async function whenStable(
  reader: Pick<PartitionReader, 'offsetAt' | 'endOf'>,
  of: TopicPartition,
  waitMs: number,
): Promise<ReadableEnd> {
  const written = await reader.endOf(of);
  return { stable: await findStableEnd(reader, of, { to: written, waitMs }), written };
}

/** Returns the end of the readable records as soon as it reaches `to`, or as it is after `waitMs`. */
export async function findStableEnd(
  reader: Pick<PartitionReader, 'offsetAt'>,
  of: TopicPartition,
  { to, waitMs, signal }: { readonly to: number; readonly waitMs: number; readonly signal?: AbortSignal },
): Promise<number> {
  const until = systemClock.now() + waitMs;
  for (;;) {
    const stable = await reader.offsetAt(of, offsetTimes.end);
    if (stable >= to || systemClock.now() >= until) {
      return stable;
    }
    await delay(pollIntervalMs, undefined, { signal });
  }
}

/** Describes an open transaction for the operator, and how to end it. */
export function describeHidden({ topic, partition, from, to }: HiddenRecords): string {
  return `${topic}/${partition}: a transaction that has been open since offset ${from} hides the records from there to ${to}. It ends when its producer ends it, or after that producer's transaction timeout. If it does not, abort it with kafka-transactions.sh --bootstrap-server BROKERS abort --topic ${topic} --partition ${partition} --start-offset ${from}`;
}

/** Returns the error for records that an open transaction hides. */
export function toHiddenError(hidden: HiddenRecords): UnreadRangeError {
  return new UnreadRangeError(`Some records cannot be read yet. ${describeHidden(hidden)}`);
}
