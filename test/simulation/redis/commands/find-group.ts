import { CommandError } from '../answer.ts';
import { type Group, type Keyspace, makeStream, readStream, type Stream } from '../keyspace.ts';

/** A group, and the stream that it reads. */
export interface GroupPlace {
  readonly stream: Stream;
  readonly group: Group;
}

export const noGroup = (key: string, name: string, rest = '') =>
  new CommandError(`NOGROUP No such key '${key}' or consumer group '${name}'${rest}`);

export function findGroup(data: Keyspace, key: string, name: string): GroupPlace | undefined {
  const stream = readStream(data, key);
  const group = stream?.groups.get(name);
  return stream === undefined || group === undefined ? undefined : { stream, group };
}

/** Within a change: the same group in another copy of the data. */
export const groupIn = (copy: Keyspace, key: string, name: string) =>
  makeStream(copy, key).groups.get(name) as Group;
