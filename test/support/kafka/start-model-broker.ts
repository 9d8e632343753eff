import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { WireWriter } from '../../../src/stores/kafka/wire/wire-writer.ts';
import { writeRecordBatch } from '../../../src/stores/kafka/wire/write-record-batch.ts';
import type { RequestFault } from '../../simulation/kafka/broker-session.ts';
import { KafkaCluster } from '../../simulation/kafka/kafka-cluster.ts';
import { createRandom } from '../../simulation/world/random.ts';

export interface ModelRecord {
  readonly key?: string | null;
  readonly value: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timestampMs?: number;
}

/** One broker of the simulation's Kafka over real sockets, for tests that need no real one. */
export async function startModelBroker() {
  const sockets = new Set<Socket>();
  const server = createServer();
  let fault: (apiKey: number) => RequestFault = () => ({});
  const cluster = new KafkaCluster({
    world: {
      random: createRandom(1),
      note: () => undefined,
      after(ms, run) {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    },
    brokerCount: 1,
    listen(_address, accept) {
      server.on('connection', (socket) => {
        sockets.add(socket.on('error', () => socket.destroy()));
        accept(socket);
      });
      return () => undefined;
    },
    hooks: { onRequest: ({ apiKey }) => fault(apiKey) },
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  Object.assign(cluster.broker(1), { host: '127.0.0.1', port });
  cluster.controller.tell();
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) {
      socket.destroy();
    }
  });
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
