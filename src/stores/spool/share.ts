import type { Destination, SinkRecord } from '../../ports/sink.ts';
import { partitionFor } from '../append/partition-for.ts';

/**
 * The keys of a topic that a store keeps in one place. It says of each record by itself whether it belongs to it, also
 * when the store spreads keys over more places meanwhile, or after a restart.
 */
export interface Share extends Destination {
  /** Over how many destinations keys were spread: 1 when that was not known. */
  readonly of: number;
}

/** @param count of the topic's destinations; 0 when that is not known */
export function shareOf({ topic, key }: Pick<SinkRecord, 'topic' | 'key'>, count: number): Share {
  const of = key === null ? 1 : Math.max(1, count);
  return { topic, partition: key === null ? null : partitionFor(key, of), of };
}

/** Such as `comapi.events 3/12`: partition 3, counted from 0, of 12. */
export function toShareName({ topic, partition, of }: Share): string {
  if (partition === null) {
    return `${topic} without key`;
  }
  return of === 1 ? topic : `${topic} ${partition}/${of}`;
}
