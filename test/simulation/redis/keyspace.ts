import { CommandError } from './answer.ts';
import { compareIds, type EntryId, firstId } from './entry-id.ts';

export interface StreamEntry {
  readonly id: EntryId;
  /** Names and values by turns. */
  readonly fields: readonly string[];
}

/** An entry that a member of a group has had and not acknowledged. */
export interface Pending {
  readonly id: EntryId;
  readonly consumer: string;
  readonly deliveredAtMs: number;
  readonly deliveries: number;
}

export interface Group {
  /** The last entry that somebody has had. */
  lastId: EntryId;
  isRead: boolean;
  /** By identifier, ascending: entries are delivered for the first time in their order. */
  readonly pending: Map<string, Pending>;
  readonly consumers: Set<string>;
}

export interface Stream {
  readonly kind: 'stream';
  lastId: EntryId;
  readonly entries: StreamEntry[];
  readonly groups: Map<string, Group>;
}

export interface Hash {
  readonly kind: 'hash';
  readonly fields: Map<string, string>;
  expiresAtMs: number;
}

export interface Text {
  readonly kind: 'string';
  readonly text: string;
}

export type Value = Stream | Hash | Text;

export type Keyspace = Map<string, Value>;

/** A change of it, which a file and replicas can make again. */
export type Change = (data: Keyspace) => void;

/** @throws {CommandError} when something else has this name */
function readAs<K extends Value['kind']>(
  data: Keyspace,
  key: string,
  kind: K,
): Extract<Value, { kind: K }> | undefined {
  const value = data.get(key);
  if (value !== undefined && value.kind !== kind) {
    throw new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value');
  }
  return value as Extract<Value, { kind: K }> | undefined;
}

export const readStream = (data: Keyspace, key: string): Stream | undefined => readAs(data, key, 'stream');

/** `undefined` as well when its time is over. */
export function readHash(data: Keyspace, key: string, nowMs: number): Hash | undefined {
  const hash = readAs(data, key, 'hash');
  return hash !== undefined && hash.expiresAtMs > nowMs ? hash : undefined;
}

export function makeStream(data: Keyspace, key: string): Stream {
  const stream: Stream = readStream(data, key) ?? {
    kind: 'stream',
    lastId: firstId,
    entries: [],
    groups: new Map(),
  };
  data.set(key, stream);
  return stream;
}

export function makeHash(data: Keyspace, key: string, nowMs: number): Hash {
  const hash: Hash = readHash(data, key, nowMs) ?? {
    kind: 'hash',
    fields: new Map(),
    expiresAtMs: Number.POSITIVE_INFINITY,
  };
  data.set(key, hash);
  return hash;
}

export const createGroup = (lastId: EntryId): Group => ({
  lastId,
  isRead: false,
  pending: new Map(),
  consumers: new Set(),
});

/** The first entries behind an identifier. They are in order. */
export function entriesAfter({ entries }: Stream, id: EntryId, count: number): readonly StreamEntry[] {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareIds((entries[middle] as StreamEntry).id, id) <= 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return entries.slice(low, low + count);
}

/** The entry with this identifier, if it is there still. */
export function findEntry(stream: Stream, [ms, sequence]: EntryId): StreamEntry | undefined {
  const [entry] = entriesAfter(stream, [ms, sequence - 1], 1);
  return entry !== undefined && compareIds(entry.id, [ms, sequence]) === 0 ? entry : undefined;
}
