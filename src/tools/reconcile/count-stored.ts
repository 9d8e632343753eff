import { EntityTable } from '../../filter/entity-table.ts';
import type { ReadObserver, ReadOptions, RecordSelection, StoredRecord } from '../../ports/record-reader.ts';
import { UsageError } from '../../runtime/errors.ts';
import { formatCount } from '../../runtime/format.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { readFacts } from '../records/record-facts.ts';
import { type CountGrid, noChannel } from './count-grid.ts';

export interface CountStoredDeps {
  readonly grid: CountGrid;
  readonly read: (selection: RecordSelection, options: ReadOptions) => AsyncIterable<readonly StoredRecord[]>;
  readonly topics: RecordSelection['topics'];
  /** 28 bytes of memory each, in pages that are not all full. */
  readonly mostEvents: number;
  readonly observer: ReadObserver;
  readonly signal: AbortSignal;
}

export interface StoredFacts {
  /** When the first record that was read was stored; `undefined`: there was none. */
  readonly firstStoredAtMs: number | undefined;
}

/** How much earlier by the store's clock than by the provider's an event may be stored. */
const clockSkewMs = 300_000;

/**
 * Counts the stored events of the grid by the time at which they occurred, each once: a retry, a repeat or a replay stores an
 * event again, maybe days later. To know them it has each event in memory.
 *
 * @throws {UsageError} when they are too many for that
 */
export async function countStored({
  grid,
  read,
  topics,
  mostEvents,
  observer,
  signal,
}: CountStoredDeps): Promise<StoredFacts> {
  const known = new EntityTable();
  let firstStoredAtMs: number | undefined;
  const selection = { role: 'events', topics, sinceMs: grid.startMs - clockSkewMs } as const;
  for await (const batch of untilAborted(read(selection, { follow: false, signal, observer }), signal)) {
    for (const record of batch) {
      firstStoredAtMs = Math.min(firstStoredAtMs ?? Number.POSITIVE_INFINITY, record.storedAtMs);
      const event = readEvent(record);
      if (
        grid.takes(event.name, event.timeMs) &&
        known.raise(Buffer.from(event.identity), 1n, 0) === undefined
      ) {
        grid.addStored(event.name, readChannel(record), event.timeMs);
      }
    }
    if (known.size > mostEvents) {
      throw new UsageError(
        `more than ${formatCount(mostEvents)} events are stored in this period: compare it in parts, by --since and --until`,
      );
    }
  }
  signal.throwIfAborted();
  return { firstStoredAtMs };
}

/** Two registrations may each get an event, with identifiers of their own: name and revision tell that it is one. */
function readEvent(record: StoredRecord) {
  const { headers, key, place, storedAtMs } = record;
  const { name = '', eventId = place, revision } = readFacts(record);
  const isOfEntity = headers.ce_specversion === undefined || headers.ce_subject !== undefined;
  const identity =
    key !== null && isOfEntity && revision !== undefined ? `${key} ${name} ${revision}` : ` ${eventId}`;
  const times = [headers.ce_time, headers['received-at']].map((text) => Date.parse(text ?? ''));
  return { name, identity, timeMs: times.find((time) => !Number.isNaN(time)) ?? storedAtMs };
}

function readChannel({ value }: StoredRecord): string {
  try {
    const channel: unknown = JSON.parse(value.toString())?.payload?.details?.channel;
    return typeof channel === 'string' ? channel : noChannel;
  } catch {
    return noChannel;
  }
}
