import { onTestFinished } from 'vitest';
import { WireWriter } from '../../../src/stores/kafka/wire/wire-writer.ts';
import { writeRecordBatch } from '../../../src/stores/kafka/wire/write-record-batch.ts';
import type { RequestFault } from '../../simulation/kafka/broker-session.ts';
import { listenAsModel } from './listen-as-model.ts';

export interface ModelRecord {
  readonly key?: string | null;
  readonly value: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timestampMs?: number;
}

/** One broker of the simulation's Kafka over real sockets, for tests that need no real one. */
export async function startModelBroker() {
  let fault: (apiKey: number) => RequestFault = () => ({});
  const { cluster, portOf, stop } = await listenAsModel(1, { onRequest: ({ apiKey }) => fault(apiKey) });
  onTestFinished(stop);
  const port = portOf(1);
  Object.assign(cluster.broker(1), { host: '127.0.0.1', port });
  cluster.controller.tell();
  return {
    cluster,
    connection: { brokers: [`127.0.0.1:${port}`], clientId: 'test' },
    /** Asked for each request from now on. */
    failRequests(how: (apiKey: number) => RequestFault) {
      fault = how;
    },
    append(topic: string, partition: number, records: readonly ModelRecord[]) {
      const writer = new WireWriter(256);
      const toWire = ({ key = null, value, headers = {}, timestampMs = 1_000 }: ModelRecord) => ({
        ...{ key, headers, timestampMs, value: Buffer.from(value) },
      });
      writeRecordBatch(writer, records.map(toWire), { now: 1_000 });
      const found = cluster.partition(topic, partition);
      found?.log.append(Buffer.from(writer.written()));
      found?.commit();
    },
    groupOffset: (group: string, part: string) => cluster.coordination.offsets(group).find(part),
  };
}
