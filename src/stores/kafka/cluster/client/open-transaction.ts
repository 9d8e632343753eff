import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../../../runtime/clock.ts';
import { UnreadRangeError } from '../../../../runtime/range-reading.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { offsetTimes } from './list-offsets.ts';
import type { PartitionReader } from './partition-reader.ts';

/** Records that are written, and that nobody can read before a transaction ends. */
export interface HiddenRecords extends TopicPartition {
  /** Where the transaction begins: the last stable offset. */
  readonly from: number;
  /** Behind the last record that is written: the high watermark. */
  readonly to: number;
}

/** Where readable records end, and where all records do. */
export interface ReadableEnd {
  readonly stable: number;
  readonly written: number;
}

const pollIntervalMs = 50;

/**
 * Waits until all that is written now can be read, at most for so long: transactions of the filter last milliseconds, and
 * hide what is written behind them.
 */
export async function whenStable(
  reader: Pick<PartitionReader, 'offsetAt' | 'endOf'>,
  of: TopicPartition,
  waitMs: number,
): Promise<ReadableEnd> {
  const written = await reader.endOf(of);
  return { stable: await findStableEnd(reader, of, { to: written, waitMs }), written };
}

/** Where the records end that can be read, as soon as they reach so far, at most after so long. */
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

/** What happens, and how to end it, as sentences for the operator. */
export function describeHidden({ topic, partition, from, to }: HiddenRecords): string {
  return `${topic}/${partition}: a transaction that is open since offset ${from} hides what is written from there to ${to}. It ends with its producer or after that one's transaction timeout; one that does neither is ended by kafka-transactions.sh --bootstrap-server BROKERS abort --topic ${topic} --partition ${partition} --start-offset ${from}`;
}

/** What is to be read lies behind an open transaction. */
export function toHiddenError(hidden: HiddenRecords): UnreadRangeError {
  return new UnreadRangeError(`Not all can be read yet. ${describeHidden(hidden)}`);
}
