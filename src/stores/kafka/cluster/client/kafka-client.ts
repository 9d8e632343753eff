import type { Logger } from '../../../../runtime/logger.ts';
import { createBrokerConnection, defaultClusterSettings } from '../broker-connection.ts';
import { type ClusterReader, createClusterReader } from '../cluster-reader.ts';
import { createConnectionSet } from '../connection-set.ts';
import { createKafkaRoutes, type KafkaRoutes } from '../kafka-routes.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import type { KafkaAccess } from '../kafkajs/connection-options.ts';
import { createKafkajsConnection } from '../kafkajs/kafkajs-connection.ts';
import { createPartitionCalls, type PartitionCalls } from './partition-calls.ts';
import { createPartitionConnections } from './partition-connections.ts';
import { createPartitionReader, type PartitionReader } from './partition-reader.ts';

export interface KafkaClientDeps {
  readonly connection: KafkaAccess;
  readonly logger: Logger;
  /** No question is asked again after this. */
  readonly timeoutMs?: number | undefined;
}

/** What commands ask a cluster, for somebody who waits: everything is given up after some seconds. */
export interface KafkaClient {
  readonly cluster: ClusterReader;
  readonly routes: KafkaRoutes;
  readonly calls: PartitionCalls;
  readonly reader: PartitionReader;
}

/** A broker that has just started may load a group for so long. */
const defaultTimeoutMs = 10_000;
/** To each broker. */
const maxConnections = { fetching: 2, others: 1 };

/** Connects when it is first asked. */
export function openKafkaClient(
  { connection, logger, timeoutMs = defaultTimeoutMs }: KafkaClientDeps,
  topics: readonly string[],
): KafkaClient & { close(): void } {
  const settings = defaultClusterSettings;
  const closed = new AbortController();
  const cluster = createClusterReader({
    bootstrap: connection.brokers,
    openConnection: (address) => createBrokerConnection({ address, connection, settings, logger }),
    hedgeMs: settings.hedgeMs,
  });
  const openConnection = (address: BrokerAddress) =>
    createKafkajsConnection({ address, connection, settings, logger });
  const coordinating = createConnectionSet(openConnection);
  const routes = createKafkaRoutes({ topics, reader: cluster, connections: coordinating });
  const connections = createPartitionConnections({ openConnection, most: maxConnections });
  const calls = createPartitionCalls({
    routes,
    connections: connections.of(0, closed.signal),
    signal: closed.signal,
    timeoutMs,
    readTimeoutMs: timeoutMs,
    // Whoever waits hears of it soon.
    onProblem: () => {},
  });
  return {
    cluster,
    routes,
    calls,
    reader: createPartitionReader({ calls, routes, memory: undefined }),
    close() {
      closed.abort();
      connections.close();
      routes.close();
    },
  };
}

/** Connects for as long as the client is used. */
export async function withKafkaClient<T>(
  deps: KafkaClientDeps,
  topics: readonly string[],
  use: (client: KafkaClient) => Promise<T>,
): Promise<T> {
  const client = openKafkaClient(deps, topics);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
