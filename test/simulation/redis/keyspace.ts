import { CommandError } from './answer.ts';
import { type EntryId, firstId } from './entry-id.ts';

export interface StreamEntry {
  readonly id: EntryId;
  /** Names and values by turns. */
  readonly fields: readonly string[];
}

export interface Stream {
  readonly kind: 'stream';
  lastId: EntryId;
  readonly entries: StreamEntry[];
}

export interface Text {
  readonly kind: 'string';
  readonly text: string;
}

export type Value = Stream | Text;

export type Keyspace = Map<string, Value>;

/** A change of it, which a file and replicas can make again. */
export type Change = (data: Keyspace) => void;

/** @throws {CommandError} when something else has this name */
export function readStream(data: Keyspace, key: string): Stream | undefined {
  const value = data.get(key);
  if (value !== undefined && value.kind !== 'stream') {
    throw new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value');
  }
  return value;
}

export function makeStream(data: Keyspace, key: string): Stream {
  const stream: Stream = readStream(data, key) ?? { kind: 'stream', lastId: firstId, entries: [] };
  data.set(key, stream);
  return stream;
}
