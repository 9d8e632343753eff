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
  /** Time in milliseconds after which no request is repeated. */
  readonly timeoutMs?: number | undefined;
}

/** Client for interactive commands. Every request fails after several seconds without a response. */
export interface KafkaClient {
  readonly cluster: ClusterReader;
  readonly routes: KafkaRoutes;
  readonly calls: PartitionCalls;
  readonly reader: PartitionReader;
}

/** Default timeout in milliseconds, long enough for a broker to load a group after a restart. */
const defaultTimeoutMs = 10_000;
/** Maximum number of connections to each broker, by purpose. */
const maxConnections = { fetching: 2, others: 1 };

/** Creates a client that connects on its first request. */
export function openKafkaClient(
  { connection, logger, timeoutMs = defaultTimeoutMs }: KafkaClientDeps,
  topics: readonly string[],
): KafkaClient & { close(): void } {
  const settings = defaultClusterSettings;
  const closeController = new AbortController();
  const cluster = createClusterReader({
    bootstrap: connection.brokers,
    openConnection: (address) => createBrokerConnection({ address, connection, settings, logger }),
    hedgeMs: settings.hedgeMs,
  });
  const openConnection = (address: BrokerAddress) =>
    createKafkajsConnection({ address, connection, settings, logger });
  const coordinatorConnections = createConnectionSet(openConnection);
  const routes = createKafkaRoutes({ topics, reader: cluster, connections: coordinatorConnections });
  const connections = createPartitionConnections({ openConnection, maxPerBroker: maxConnections });
  const calls = createPartitionCalls({
    routes,
    connections: connections.of(0, closeController.signal),
    signal: closeController.signal,
    timeoutMs,
    readTimeoutMs: timeoutMs,
    // Problems need not be reported during retries, because the timeout reports them to the user early enough.
    onProblem: () => {},
  });
  return {
    cluster,
    routes,
    calls,
    reader: createPartitionReader({ calls, routes, memory: undefined }),
    close() {
      closeController.abort();
      connections.close();
      routes.close();
    },
  };
}

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
