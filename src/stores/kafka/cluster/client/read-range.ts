import { systemClock } from '../../../../runtime/clock.ts';
import { formatCount } from '../../../../runtime/format.ts';
import { EmptyReadTimeout, isLessThan, RangeReader } from '../../../../runtime/range-reader.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { createOpenTransactionError, waitUntilReadable } from './open-transaction.ts';
import type { FetchedRecords, PartitionReader } from './partition-reader.ts';

const fetchBytes = 1024 * 1024;
const fetchWaitMs = 500;

/**
 * Reads a partition between two offsets in parts. The last part may extend beyond the end. The next part is fetched
 * while the caller processes the current part. Offsets without records, caused by compaction and transaction markers,
 * are skipped.
 *
 * @throws {UnreadRangeError} if the broker stops returning records before the end
 */
export async function* readRange(
  reader: Pick<PartitionReader, 'fetch'>,
  of: TopicPartition,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<FetchedRecords> {
  function fetch(fromOffset: number): Promise<FetchedRecords> {
    const pendingFetch = reader.fetch(of, { fromOffset, maxWaitMs: fetchWaitMs, maxBytes: fetchBytes });
    // If the caller stops early, no other code handles this rejection.
    pendingFetch.catch(() => {});
    return pendingFetch;
  }

  const range = new RangeReader({ from: start, end }, isLessThan);
  const emptyReadTimeout = createKafkaEmptyReadTimeout();
  let nextFetch = range.isAtEnd ? undefined : fetch(start);
  while (nextFetch !== undefined) {
    const fetchedRecords = await nextFetch;
    const hasAdvanced = range.readTo(fetchedRecords.nextOffset);
    if (hasAdvanced) {
      emptyReadTimeout.progressed();
    } else {
      await emptyReadTimeout.wait(() => describeUnreadPartitions([{ ...of, offset: range.at, end }]));
    }
    nextFetch = range.isAtEnd ? undefined : fetch(range.at);
    if (hasAdvanced) {
      yield fetchedRecords;
    }
  }
}

/**
 * Reads the first record at or after an offset, and fetches no further records. Returns `undefined` if no such record
 * exists yet.
 *
 * @throws {UnreadRangeError} if the broker does not return the record
 */
export async function readFirstRecord(
  fetch: (fromOffset: number) => Promise<FetchedRecords>,
  of: TopicPartition,
  start: number,
): Promise<FetchedRecords['records'][number] | undefined> {
  const emptyReadTimeout = createKafkaEmptyReadTimeout();
  for (let offset = start; ; ) {
    const { records, nextOffset, endOffset: end } = await fetch(offset);
    if (records.length > 0 || nextOffset >= end) {
      return records[0];
    }
    if (nextOffset > offset) {
      emptyReadTimeout.progressed();
    } else {
      await emptyReadTimeout.wait(() => describeUnreadPartitions([{ ...of, offset, end }]));
    }
    offset = nextOffset;
  }
}

/** Limits the total time to wait while a broker returns no records, which may be throttled or use slow tiered storage. */
export function createKafkaEmptyReadTimeout(): EmptyReadTimeout {
  return new EmptyReadTimeout({
    clock: systemClock,
    advice:
      'The brokers return empty responses: check their logs and quotas. If the topic uses tiered storage, raise remote.fetch.max.wait.ms on the brokers',
  });
}

interface UnreadPartition extends TopicPartition {
  /** Offset of the first record that was not read. */
  readonly offset: number;
  readonly end: number;
}

const maxNamedPartitions = 5;

export function describeUnreadPartitions(parts: readonly UnreadPartition[]): string {
  const namedPartitions = parts
    .slice(0, maxNamedPartitions)
    .map(({ topic, partition, offset, end }) => `${topic}/${partition} from offset ${offset} to ${end}`);
  return [
    ...namedPartitions,
    ...(parts.length > maxNamedPartitions
      ? [formatCount(parts.length - maxNamedPartitions, 'more partition')]
      : []),
  ].join(', ');
}

/** Time to wait in milliseconds. Transactions of a running filter always end within this time. */
const stableWaitMs = 3_000;

/**
 * Reads from the first record that has at least this timestamp to the current end of the partition.
 *
 * @throws {UnreadRangeError} if an open transaction hides some of the records
 */
export async function* readToCurrentEnd(
  reader: Pick<PartitionReader, 'fetch' | 'offsetAt' | 'endOf'>,
  of: TopicPartition,
  fromTimestampMs: number,
): AsyncGenerator<FetchedRecords> {
  const { stable, written: endOffset } = await waitUntilReadable(reader, of, stableWaitMs);
  if (stable < endOffset) {
    throw createOpenTransactionError({ ...of, from: stable, to: endOffset });
  }
  const firstOffset = await reader.offsetAt(of, fromTimestampMs);
  const start = firstOffset < 0 ? endOffset : firstOffset;
  if (start >= endOffset) {
    // Fetches even if no records exist, so that a missing permission is detected at the first start.
    yield reader.fetch(of, { fromOffset: endOffset, maxWaitMs: 0, maxBytes: fetchBytes });
  }
  for await (const fetchedRecords of readRange(reader, of, { start, end: endOffset })) {
    yield { ...fetchedRecords, endOffset };
  }
}
