import { WireWriter } from '../../../src/stores/kafka/wire/wire-writer.ts';
import { type BatchOptions, writeRecordBatch } from '../../../src/stores/kafka/wire/write-record-batch.ts';
import type { RequestFault } from '../../simulation/kafka/broker-session.ts';
import { startModelCluster } from './start-model-cluster.ts';

export interface ModelRecord {
  readonly key?: string | null;
  readonly value: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timestampMs?: number;
}

/** Starts brokers of the simulated Kafka on real sockets, for tests that do not need a real Kafka. */
export async function startModelBroker(brokerCount = 1) {
  let fault: (apiKey: number, broker: number) => RequestFault = () => ({});
  const started = await startModelCluster(brokerCount, {
    onRequest: ({ apiKey, broker }) => fault(apiKey, broker),
  });
  const { cluster } = started;
  return {
    ...started,
    /** Sets a function that the brokers call for each request. */
    failRequests(how: typeof fault) {
      fault = how;
    },
    /** Appends one batch. Readers see the batch unless its transaction is still open. */
    append(
      topic: string,
      partition: number,
      records: readonly ModelRecord[],
      options: Partial<BatchOptions> = {},
    ) {
      const writer = new WireWriter(256);
      const toWire = ({ key = null, value, headers = {}, timestampMs = 1_000 }: ModelRecord) => ({
        ...{ key, headers, timestampMs, value: Buffer.from(value) },
      });
      writeRecordBatch(writer, records.map(toWire), { now: 1_000, ...options });
      const found = cluster.partition(topic, partition);
      found?.log.append(Buffer.from(writer.written()));
      found?.commit();
    },
    groupOffset: (group: string, part: string) => cluster.coordination.offsets(group).find(part),
  };
}
