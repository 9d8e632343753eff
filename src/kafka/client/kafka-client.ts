import type { Logger } from '../../runtime/logger.ts';
import { createBrokerConnection } from '../cluster/broker-connection.ts';
import { type ClusterReader, createClusterReader } from '../cluster/cluster-reader.ts';
import { applyTimeouts, defaultClusterSettings } from '../cluster/cluster-settings.ts';
import { createConnectionSet } from '../cluster/connection-set.ts';
import { createKafkaRoutes, type KafkaRoutes } from '../cluster/kafka-routes.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import type { KafkaAccess } from '../kafkajs/kafka-access.ts';
import { createKafkajsConnection } from '../kafkajs/kafkajs-connection.ts';
import { createPartitionCalls, type PartitionCalls } from './partition-calls.ts';
import { createPartitionReader, type PartitionReader } from './partition-reader.ts';

export interface KafkaClientDeps {
  readonly connection: KafkaAccess;
  readonly logger: Logger;
}

/** What commands ask a cluster, for somebody who waits: everything is given up after some seconds. */
export interface KafkaClient {
  readonly cluster: ClusterReader;
  readonly routes: KafkaRoutes;
  readonly calls: PartitionCalls;
  readonly reader: PartitionReader;
}

/** A broker that has just started may load a group for so long. */
const timeoutMs = 10_000;

/** Connects for as long as the client is used. */
export async function withKafkaClient<T>(
  { connection, logger }: KafkaClientDeps,
  topics: readonly string[],
  use: (client: KafkaClient) => Promise<T>,
): Promise<T> {
  const settings = applyTimeouts(defaultClusterSettings, connection);
  const toDeps = (address: BrokerAddress) => ({ address, connection, settings, logger });
  const cluster = createClusterReader({
    bootstrap: connection.brokers,
    openConnection: (address) => createBrokerConnection(toDeps(address)),
    hedgeMs: settings.hedgeMs,
  });
  const connections = createConnectionSet((address) => createKafkajsConnection(toDeps(address)));
  const routes = createKafkaRoutes({ topics, reader: cluster, connections });
  const calls = createPartitionCalls({
    routes,
    connections,
    signal: new AbortController().signal,
    timeoutMs,
    readTimeoutMs: timeoutMs,
    onProblem: () => undefined,
  });
  try {
    return await use({ cluster, routes, calls, reader: createPartitionReader(calls, routes) });
  } finally {
    routes.close();
  }
}
