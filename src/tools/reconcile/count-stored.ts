import { crc32 } from 'node:zlib';
import { EntityTable } from '../../filter/entity-table.ts';
import type { PlacedRecord, ReadObserver, ReadOptions, RecordSelection } from '../../ports/record-reader.ts';
import { formatCount } from '../../runtime/format.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { readFacts } from '../records/record-facts.ts';
import { type CountGrid, noChannel } from './count-grid.ts';

export interface CountStoredDeps {
  readonly grid: CountGrid;
  readonly read: (selection: RecordSelection, options: ReadOptions) => AsyncIterable<readonly PlacedRecord[]>;
  readonly topics: RecordSelection['topics'];
  readonly observer: ReadObserver;
  readonly signal: AbortSignal;
  /** Events that are in memory at once. */
  readonly maxTracked?: number;
}

export interface StoredFacts {
  /** When the first record that was read was stored; `undefined`: there was none. */
  readonly firstStoredAtMs: number | undefined;
}

/** 28 bytes each, in pages that are not all full. */
const usualMaxTracked = 3_000_000;
/** How much earlier by the store's clock than by the provider's an event may be stored. */
const clockSkewMs = 300_000;

/**
 * Counts the stored events of the grid by the time at which they occurred, each once: a retry, a repeat or a replay stores an
 * event again, maybe days later. To know them it has each event in memory. When they are too many, the store is read again,
 * several times, each time for one part of them.
 */
export async function countStored(deps: CountStoredDeps): Promise<StoredFacts> {
  const { grid, observer, maxTracked = usualMaxTracked } = deps;
  const { records, firstStoredAtMs } = await readPart(deps, { parts: 1, part: 0, most: maxTracked });
  if (records <= maxTracked) {
    return { firstStoredAtMs };
  }
  grid.clearStored();
  const parts = Math.ceil(records / maxTracked);
  for (let part = 0; part < parts; part += 1) {
    observer.notice(
      `${formatCount(records)} events are more than fit in memory: reading part ${part + 1} of ${parts}.`,
    );
    await readPart(deps, { parts, part, most: Number.POSITIVE_INFINITY });
  }
  return { firstStoredAtMs };
}

interface PartReading extends StoredFacts {
  /** All records of the part that fall into the grid, repeats too. */
  readonly records: number;
}

async function readPart(
  { grid, read, topics, observer, signal }: CountStoredDeps,
  { parts, part, most }: { readonly parts: number; readonly part: number; readonly most: number },
): Promise<PartReading> {
  const known = new EntityTable();
  let records = 0;
  let firstStoredAtMs: number | undefined;
  const selection = { role: 'events', topics, sinceMs: grid.startMs - clockSkewMs } as const;
  for await (const batch of untilAborted(read(selection, { follow: false, signal, observer }), signal)) {
    for (const record of batch) {
      firstStoredAtMs = Math.min(firstStoredAtMs ?? Number.POSITIVE_INFINITY, record.storedAtMs);
      const event = readEvent(record);
      if (!grid.takes(event.name, event.timeMs) || crc32(event.identity) % parts !== part) {
        continue;
      }
      records += 1;
      if (records <= most && known.raise(Buffer.from(event.identity), 1n, 0) === undefined) {
        grid.addStored(event.name, readChannel(record), event.timeMs);
      }
    }
  }
  signal.throwIfAborted();
  return { records, firstStoredAtMs };
}

/** Two registrations may each get an event, with identifiers of their own: name and revision tell that it is one. */
function readEvent(record: PlacedRecord) {
  const { headers, key, place, storedAtMs } = record;
  const { name = '', eventId = place, revision } = readFacts(record);
  const isOfEntity = headers.ce_specversion === undefined || headers.ce_subject !== undefined;
  const identity =
    key !== null && isOfEntity && revision !== undefined ? `${key} ${name} ${revision}` : ` ${eventId}`;
  const times = [headers.ce_time, headers['received-at']].map((text) => Date.parse(text ?? ''));
  return { name, identity, timeMs: times.find((time) => !Number.isNaN(time)) ?? storedAtMs };
}

function readChannel({ value }: PlacedRecord): string {
  try {
    const channel: unknown = JSON.parse(value.toString())?.payload?.details?.channel;
    return typeof channel === 'string' ? channel : noChannel;
  } catch {
    return noChannel;
  }
}
