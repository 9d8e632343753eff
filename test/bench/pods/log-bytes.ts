import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Broker } from '../../support/kafka/broker-process.ts';

/** Bytes of the record batches of a topic on the disk of a broker, without the indexes. */
export function logBytes(broker: Broker, topic: string): number {
  const data = join(dirname(broker.logFile), 'data');
  return readdirSync(data)
    .filter((name) => name.slice(0, name.lastIndexOf('-')) === topic)
    .flatMap((partition) =>
      readdirSync(join(data, partition))
        .filter((name) => name.endsWith('.log'))
        .map((name) => statSync(join(data, partition, name)).size),
    )
    .reduce((sum, bytes) => sum + bytes, 0);
}
