import { EntityTable } from '../../filter/entity-table.ts';
import type { ReadObserver, ReadOptions, RecordSelection, StoredRecord } from '../../ports/record-reader.ts';
import { UsageError } from '../../runtime/errors.ts';
import { formatCount } from '../../runtime/format.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { readFacts } from '../records/record-facts.ts';
import { type CountGrid, unknownChannel } from './count-grid.ts';

export interface CountStoredDeps {
  readonly grid: CountGrid;
  readonly read: (selection: RecordSelection, options: ReadOptions) => AsyncIterable<readonly StoredRecord[]>;
  readonly topics: RecordSelection['topics'];
  /**
   * Maximum number of events, which limits the memory use. Each event takes 28 bytes, in pages that may be partly
   * empty.
   */
  readonly maxEvents: number;
  readonly observer: ReadObserver;
  readonly signal: AbortSignal;
}

export interface StoredEventsSummary {
  /** Time at which the oldest record was stored, or `undefined` if no records were found. */
  readonly firstStoredAtMs: number | undefined;
}

/** Maximum time by which the store's clock may be behind the provider's clock. */
const clockSkewMs = 300_000;

/**
 * Counts the stored events that the grid covers, by the time at which they occurred. Each event counts once, although a
 * retry, a repeat or a replay may store it again days later. For this purpose, a digest of each event is kept in
 * memory.
 *
 * @throws {UsageError} if there are more than `maxEvents`
 */
export async function countStoredEventsByHour({
  grid,
  read,
  topics,
  maxEvents,
  observer,
  signal,
}: CountStoredDeps): Promise<StoredEventsSummary> {
  const countedEvents = new EntityTable();
  let firstStoredAtMs: number | undefined;
  const selection = { role: 'events', topics, sinceMs: grid.startMs - clockSkewMs } as const;
  for await (const batch of untilAborted(read(selection, { follow: false, signal, observer }), signal)) {
    for (const record of batch) {
      firstStoredAtMs = Math.min(firstStoredAtMs ?? Number.POSITIVE_INFINITY, record.storedAtMs);
      const event = readCountedEvent(record);
      if (
        grid.includes(event.name, event.timeMs) &&
        countedEvents.raise(Buffer.from(event.identity), 1n, 0) === undefined
      ) {
        grid.addStored(event.name, readChannel(record), event.timeMs);
      }
    }
    if (countedEvents.size > maxEvents) {
      throw new UsageError(
        `the period contains more than ${formatCount(maxEvents)} stored events: compare shorter periods with --since and --until`,
      );
    }
  }
  signal.throwIfAborted();
  return { firstStoredAtMs };
}

/**
 * Reads the identity, name and time of an event. The identity consists of key, name and revision if possible, because
 * two registrations may receive the same event with different event ids.
 */
function readCountedEvent(record: StoredRecord) {
  const { headers, key, place, storedAtMs } = record;
  const { name = '', eventId = place, revision } = readFacts(record);
  const isEntityEvent = headers.ce_specversion === undefined || headers.ce_subject !== undefined;
  const identity =
    key !== null && isEntityEvent && revision !== undefined ? `${key} ${name} ${revision}` : ` ${eventId}`;
  const headerTimes = [headers.ce_time, headers['received-at']].map((text) => Date.parse(text ?? ''));
  return { name, identity, timeMs: headerTimes.find((time) => !Number.isNaN(time)) ?? storedAtMs };
}

function readChannel({ value }: StoredRecord): string {
  try {
    const channel: unknown = JSON.parse(value.toString())?.payload?.details?.channel;
    return typeof channel === 'string' ? channel : unknownChannel;
  } catch {
    return unknownChannel;
  }
}
