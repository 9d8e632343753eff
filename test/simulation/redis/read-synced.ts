import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import { readStream } from './keyspace.ts';
import type { RedisNode } from './redis-node.ts';

/** A stream as a log: its entries that are on the disk. */
export function readSynced(node: RedisNode, stream: string, partition: number): readonly StoredRecord[] {
  const entries = readStream(node.syncedData(), stream)?.entries ?? [];
  return entries.map(({ id, fields }, offset) => {
    const pairs = Array.from({ length: fields.length / 2 }, (_, index) =>
      fields.slice(2 * index, 2 * index + 2),
    );
    const { key, value = '', ...headers } = Object.fromEntries(pairs) as Record<string, string>;
    return {
      partition,
      offset,
      timestampMs: id[0],
      key: key === undefined ? null : Buffer.from(key, 'latin1'),
      value: Buffer.from(value, 'latin1'),
      headers,
    };
  });
}
