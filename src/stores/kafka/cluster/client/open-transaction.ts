import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../../../runtime/clock.ts';
import { UnreadRangeError } from '../../../../runtime/range-reader.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { offsetTimes } from './list-offsets.ts';
import type { PartitionReader } from './partition-reader.ts';

/** A range of written records that readers cannot see until an open transaction ends. */
export interface HiddenOffsetRange extends TopicPartition {
  /** Offset at which the transaction begins, which is the last stable offset. */
  readonly from: number;
  /** Offset after the last replicated record, which is the high watermark. */
  readonly to: number;
}

/** End offset of the readable records (`stable`), and end offset of all records (`written`). */
export interface LogEndOffsets {
  readonly stable: number;
  readonly written: number;
}

const pollIntervalMs = 50;

/**
 * Waits until all currently existing records are readable, but no longer than `waitMs`. Transactions of the filter
 * briefly hide records, but last only milliseconds.
 */
export async function waitUntilReadable(
  reader: Pick<PartitionReader, 'offsetAt' | 'endOf'>,
  of: TopicPartition,
  waitMs: number,
): Promise<LogEndOffsets> {
  const logEndOffset = await reader.endOf(of);
  return { stable: await waitForStableEnd(reader, of, { to: logEndOffset, waitMs }), written: logEndOffset };
}

/** Returns the end of the readable records when it reaches `to`, or its current value after `waitMs`. */
export async function waitForStableEnd(
  reader: Pick<PartitionReader, 'offsetAt'>,
  of: TopicPartition,
  { to, waitMs, signal }: { readonly to: number; readonly waitMs: number; readonly signal?: AbortSignal },
): Promise<number> {
  const deadline = systemClock.now() + waitMs;
  for (;;) {
    const lastStableOffset = await reader.offsetAt(of, offsetTimes.end);
    if (lastStableOffset >= to || systemClock.now() >= deadline) {
      return lastStableOffset;
    }
    await delay(pollIntervalMs, undefined, { signal });
  }
}

/** Describes an open transaction and how to end it, for the operator. */
export function describeOpenTransaction({ topic, partition, from, to }: HiddenOffsetRange): string {
  return `${topic}/${partition}: a transaction that began at offset ${from} is still open and hides the records from offset ${from} to ${to}. The transaction ends when its producer commits or aborts it, or when the transaction timeout of the producer expires. If the transaction stays open, abort it with kafka-transactions.sh --bootstrap-server BROKERS abort --topic ${topic} --partition ${partition} --start-offset ${from}`;
}

/** Returns the error for records that an open transaction hides. */
export function createOpenTransactionError(hidden: HiddenOffsetRange): UnreadRangeError {
  return new UnreadRangeError(`Some records cannot be read yet. ${describeOpenTransaction(hidden)}`);
}
