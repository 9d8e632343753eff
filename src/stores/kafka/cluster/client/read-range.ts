import { systemClock } from '../../../../runtime/clock.ts';
import { formatCount } from '../../../../runtime/format.ts';
import { isLess, Patience, RangeReading } from '../../../../runtime/range-reading.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { toHiddenError, whenStable } from './open-transaction.ts';
import type { FetchedRecords, PartitionReader } from './partition-reader.ts';

const fetchBytes = 1024 * 1024;
const waitMs = 500;

/**
 * What a partition holds between two offsets, in parts; the last part may reach further. The next part is read while one is
 * used. The offsets that compaction and markers of transactions leave out are passed by the batches behind them.
 *
 * @throws {UnreadRangeError} when the broker gives nothing more before the end
 */
export async function* readRange(
  reader: Pick<PartitionReader, 'fetch'>,
  of: TopicPartition,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<FetchedRecords> {
  function fetch(fromOffset: number): Promise<FetchedRecords> {
    const fetching = reader.fetch(of, { fromOffset, maxWaitMs: waitMs, maxBytes: fetchBytes });
    // Nobody waits for it when the parts before are not used to their end.
    fetching.catch(() => {});
    return fetching;
  }

  const range = new RangeReading({ from: start, end }, isLess);
  const patience = createKafkaPatience();
  let next = range.isAtEnd ? undefined : fetch(start);
  while (next !== undefined) {
    const read = await next;
    const isNew = range.readTo(read.nextOffset);
    if (isNew) {
      patience.progressed();
    } else {
      await patience.wait(() => describeUnread([{ ...of, offset: range.at, end }]));
    }
    next = range.isAtEnd ? undefined : fetch(range.at);
    if (isNew) {
      yield read;
    }
  }
}

/**
 * The first record from an offset on, `undefined` when there is none yet. Nothing is asked for beyond it.
 *
 * @throws {UnreadRangeError} when the broker does not give it
 */
export async function readFirst(
  fetch: (fromOffset: number) => Promise<FetchedRecords>,
  of: TopicPartition,
  start: number,
): Promise<FetchedRecords['records'][number] | undefined> {
  const patience = createKafkaPatience();
  for (let offset = start; ; ) {
    const { records, nextOffset, endOffset: end } = await fetch(offset);
    if (records.length > 0 || nextOffset >= end) {
      return records[0];
    }
    if (nextOffset > offset) {
      patience.progressed();
    } else {
      await patience.wait(() => describeUnread([{ ...of, offset, end }]));
    }
    offset = nextOffset;
  }
}

/** A broker gives empty answers while it is throttled, or reads from a store behind it that takes longer than it waits. */
export function createKafkaPatience(): Patience {
  return new Patience({
    clock: systemClock,
    advice:
      'The brokers answer without records: look at their logs and quotas, and with tiered storage raise their remote.fetch.max.wait.ms',
  });
}

interface UnreadPart extends TopicPartition {
  /** Offset of the first record that was not read. */
  readonly offset: number;
  readonly end: number;
}

const mostNamed = 5;

/** What is left to read, for the operator. */
export function describeUnread(parts: readonly UnreadPart[]): string {
  const named = parts
    .slice(0, mostNamed)
    .map(({ topic, partition, offset, end }) => `${topic}/${partition} from offset ${offset} to ${end}`);
  return [
    ...named,
    ...(parts.length > mostNamed ? [`${formatCount(parts.length - mostNamed, 'partition')} more`] : []),
  ].join(', ');
}

/** A transaction of the filter is over by then. */
const stableWaitMs = 3_000;

/**
 * All that is written to a partition now, from the first record with at least that timestamp on.
 *
 * @throws {UnreadRangeError} when a transaction stays open, and hides a part of it
 */
export async function* readToEnd(
  reader: Pick<PartitionReader, 'fetch' | 'offsetAt' | 'endOf'>,
  of: TopicPartition,
  fromTimestampMs: number,
): AsyncGenerator<FetchedRecords> {
  const { stable, written: endOffset } = await whenStable(reader, of, stableWaitMs);
  if (stable < endOffset) {
    throw toHiddenError({ ...of, from: stable, to: endOffset });
  }
  const first = await reader.offsetAt(of, fromTimestampMs);
  const start = first < 0 ? endOffset : first;
  if (start >= endOffset) {
    // So a missing right shows at the first start, not only when there is something to read.
    yield reader.fetch(of, { fromOffset: endOffset, maxWaitMs: 0, maxBytes: fetchBytes });
  }
  for await (const read of readRange(reader, of, { start, end: endOffset })) {
    yield { ...read, endOffset };
  }
}
