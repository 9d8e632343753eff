import type { BrokerConnection, BrokerConnectionOpener } from './broker-connection.ts';
import type { ClusterView } from './cluster-view.ts';
import { toConnectionError } from './errors/connection-error.ts';
import { type BrokerAddress, formatBrokerAddress, parseBrokerAddress } from './kafkajs/broker-address.ts';

/** Queries the cluster over separate connections, so that produce requests cannot delay a query. */
export interface ClusterReader {
  /** Addresses of the configuration. */
  readonly bootstrap: readonly string[];
  /**
   * Reads the description of the cluster and the topics.
   *
   * @param another query the broker that responded last only after the others, because its description may be out of
   * date
   * @throws ConnectionError of the last queried broker if no broker responds
   */
  read(topics: readonly string[] | 'all', another?: { readonly another: boolean }): Promise<ClusterView>;
  /** Reads the settings of a topic from the broker that responded last. */
  describeTopic(topic: string): Promise<ReadonlyMap<string, string> | undefined>;
  /**
   * Returns the node ID of the broker at an address, or `undefined` if the last description does not contain the
   * address.
   */
  brokerAt(address: BrokerAddress): number | undefined;
  close(): void;
}

interface ClusterReaderDeps {
  readonly bootstrap: readonly string[];
  readonly openConnection: BrokerConnectionOpener;
  readonly hedgeMs: number;
}

/** Maximum number of brokers that one read queries. */
const maxCandidates = 4;

export function createClusterReader({
  bootstrap,
  openConnection,
  hedgeMs,
}: ClusterReaderDeps): ClusterReader {
  const seedAddresses = bootstrap.map(parseBrokerAddress);
  let brokers: ClusterView['brokers'] = new Map();
  let keptConnection: BrokerConnection | undefined;
  let rotationIndex = 0;
  let isClosed = false;

  /**
   * Returns the known brokers first, in rotation, and then the configured addresses, in case the whole cluster has
   * moved.
   */
  function listCandidates(): BrokerAddress[] {
    rotationIndex += 1;
    const knownAddresses = [...brokers.values()];
    const rotatedCandidates = knownAddresses.map(
      (_, index) => knownAddresses[(index + rotationIndex) % knownAddresses.length] as BrokerAddress,
    );
    const uniqueAddresses = new Map(
      [...rotatedCandidates, ...seedAddresses].map((address) => [formatBrokerAddress(address), address]),
    );
    const addresses = [...uniqueAddresses.values()];
    const offset = addresses.length > maxCandidates ? rotationIndex % addresses.length : 0;
    return [...addresses.slice(offset), ...addresses.slice(0, offset)].slice(0, maxCandidates);
  }

  async function ask(connection: BrokerConnection, topics: readonly string[] | 'all'): Promise<ClusterView> {
    if (!connection.isOpen()) {
      await connection.connect();
    }
    return connection.describeCluster(topics);
  }

  return {
    bootstrap,
    async read(topics, { another } = { another: false }) {
      const reusableConnection = keptConnection?.isOpen() ? keptConnection : undefined;
      const connections: (() => BrokerConnection)[] = listCandidates()
        .filter(
          ({ host, port }) =>
            reusableConnection === undefined ||
            reusableConnection.address.host !== host ||
            reusableConnection.address.port !== port,
        )
        .map((address) => () => openConnection(address));
      if (reusableConnection !== undefined) {
        connections.splice(another ? connections.length : 0, 0, () => reusableConnection);
      }
      const { connection, view } = await queryWithHedging(connections, (each) => ask(each, topics), hedgeMs);
      // A concurrent read may have replaced `kept`.
      if (keptConnection !== connection) {
        keptConnection?.close();
      }
      keptConnection = connection;
      if (isClosed) {
        connection.close();
      }
      brokers = view.brokers;
      return view;
    },
    async describeTopic(topic) {
      if (!keptConnection?.isOpen()) {
        throw new Error('no broker has responded so far');
      }
      return keptConnection.describeTopic(topic);
    },
    brokerAt({ host, port }) {
      return [...brokers].find(([, each]) => each.host === host && each.port === port)?.[0];
    },
    close() {
      isClosed = true;
      keptConnection?.close();
    },
  };
}

/** Reads the settings of a topic from a broker that currently responds. */
export async function readTopicConfigs(
  reader: Pick<ClusterReader, 'read' | 'describeTopic'>,
  topic: string,
): ReturnType<ClusterReader['describeTopic']> {
  await reader.read([topic]);
  return reader.describeTopic(topic);
}

/**
 * Queries over several connections. The next connection is tried if the previous one fails or has not responded
 * within `hedgeMs`. The first response is used, and the other connections are closed.
 */
function queryWithHedging(
  connections: readonly (() => BrokerConnection)[],
  ask: (connection: BrokerConnection) => Promise<ClusterView>,
  hedgeMs: number,
): Promise<{ connection: BrokerConnection; view: ClusterView }> {
  return new Promise((resolve, reject) => {
    const queriedConnections = new Set<BrokerConnection>();
    let nextIndex = 0;
    let isSettled = false;
    let timer: NodeJS.Timeout | undefined;

    function settleQuery(winner?: BrokerConnection): void {
      isSettled = true;
      clearTimeout(timer);
      for (const connection of queriedConnections) {
        if (connection !== winner) {
          connection.close();
        }
      }
    }

    async function queryNextConnection(): Promise<void> {
      clearTimeout(timer);
      const openConnection = connections[nextIndex];
      if (isSettled || openConnection === undefined) {
        return;
      }
      nextIndex += 1;
      let connection: BrokerConnection | undefined;
      try {
        connection = openConnection();
        queriedConnections.add(connection);
        timer = setTimeout(() => void queryNextConnection(), hedgeMs);
        const clusterView = await ask(connection);
        if (!isSettled) {
          settleQuery(connection);
          resolve({ connection, view: clusterView });
        }
      } catch (error) {
        if (connection !== undefined) {
          queriedConnections.delete(connection);
          connection.close();
        }
        if (!isSettled && nextIndex === connections.length && queriedConnections.size === 0) {
          settleQuery();
          reject(toConnectionError(error));
        } else {
          await queryNextConnection();
        }
      }
    }
    void queryNextConnection();
  });
}
