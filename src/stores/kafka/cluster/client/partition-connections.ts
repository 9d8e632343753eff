import type { FetchedPartitions } from '../../wire/fetch-codec.ts';
import { type ConnectionOpener, type ConnectionSet, createConnectionSet } from '../connection-set.ts';
import { type BrokerAddress, formatBrokerAddress } from '../kafkajs/broker-address.ts';
import {
  createFetchCall,
  isCutShortBySizeLimit,
  type PendingFetch,
  takeFetchBatch,
  type WantedRecords,
} from './fetch-batch.ts';

/**
 * Connections shared by all partitions of a process. The number of connections per broker does not depend on the
 * number of partitions.
 */
export interface PartitionConnections {
  /**
   * Returns the connections that a partition uses, which are always the same. Therefore, if many connections have
   * failed without an error, a partition waits for only one timeout per broker. The parameters of a Fetch are
   * `WantedRecords`.
   *
   * @param signal aborts when the partition no longer waits for responses
   */
  of(partition: number, signal: AbortSignal): Pick<ConnectionSet, 'call' | 'supports'>;
  close(): void;
}

interface PartitionConnectionsDeps {
  readonly openConnection: ConnectionOpener;
  /** Maximum number of connections to each broker. */
  readonly maxPerBroker: {
    readonly fetching: number;
    /** Number of connections for requests other than Fetch, which a waiting Fetch would otherwise delay. */
    readonly others: number;
  };
}

export function createPartitionConnections(deps: PartitionConnectionsDeps): PartitionConnections {
  const { openConnection, maxPerBroker } = deps;
  const pool = createFetchPool(openConnection, maxPerBroker.fetching);
  const otherConnections = Array.from({ length: maxPerBroker.others }, () =>
    createConnectionSet(openConnection),
  );
  return {
    of(partition, signal) {
      // All requests of a partition to a broker except Fetch use the same connection, so that they stay in order.
      const { call, supports } = otherConnections[partition % otherConnections.length] as ConnectionSet;
      return {
        call: (address, request) =>
          request.api === 'Fetch'
            ? pool.fetch(address, request.parameters as WantedRecords, signal)
            : call(address, request),
        supports,
      };
    },
    close() {
      pool.close();
      for (const set of otherConnections) {
        set.close();
      }
    },
  };
}

interface FetchPool {
  /**
   * Fetches from one partition. The request may also cover other partitions.
   *
   * @param signal cancels a Fetch that has not been sent yet, and leaves its promise pending
   * @throws the errors of `ConnectionSet.call`
   */
  fetch(address: BrokerAddress, wanted: WantedRecords, signal: AbortSignal): Promise<FetchedPartitions>;
  close(): void;
}

interface WaitingFetch extends PendingFetch {
  readonly signal: AbortSignal;
  readonly resolve: (answer: FetchedPartitions) => void;
  readonly reject: (error: unknown) => void;
}

interface BrokerQueue {
  readonly address: BrokerAddress;
  /** Connection sets whose connection to this broker is idle. */
  readonly idle: ConnectionSet[];
  waiting: WaitingFetch[];
}

/**
 * Fetches from many partitions with few connections and few requests. A broker processes the requests of a connection
 * sequentially, and a Fetch may wait for records. All pending fetches are therefore sent in one request when a
 * connection becomes idle. Partitions without new records share one waiting request, which leaves the other
 * connections free.
 */
function createFetchPool(openConnection: ConnectionOpener, maxPerBroker: number): FetchPool {
  const connectionSets = Array.from({ length: maxPerBroker }, () => createConnectionSet(openConnection));
  const queues = new Map<string, BrokerQueue>();

  function findQueue(address: BrokerAddress): BrokerQueue {
    const name = formatBrokerAddress(address);
    const queue = queues.get(name) ?? { address, idle: [...connectionSets], waiting: [] };
    queues.set(name, queue);
    return queue;
  }

  /** Sends pending fetches over idle connections. Each connection carries one request at a time. */
  function sendWaitingFetches(queue: BrokerQueue): void {
    queue.waiting = queue.waiting.filter(({ signal }) => !signal.aborted);
    while (queue.waiting.length > 0) {
      const set = queue.idle.pop();
      if (set === undefined) {
        return;
      }
      const { batch, rest } = takeFetchBatch(queue.waiting);
      queue.waiting = rest;
      void sendBatch(queue, set, batch);
    }
  }

  async function sendBatch(
    queue: BrokerQueue,
    set: ConnectionSet,
    batch: readonly WaitingFetch[],
  ): Promise<void> {
    try {
      const answer = (await set.call(queue.address, createFetchCall(batch))) as FetchedPartitions;
      for (const each of batch) {
        if (batch.length > 1 && isCutShortBySizeLimit(each, answer)) {
          queue.waiting.push({ ...each, isAlone: true });
        } else {
          each.resolve(answer);
        }
      }
    } catch (error) {
      for (const { reject } of batch) {
        reject(error);
      }
    } finally {
      queue.idle.push(set);
      sendWaitingFetches(queue);
    }
  }

  return {
    fetch(address, wanted, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<FetchedPartitions>();
      const queue = findQueue(address);
      queue.waiting.push({ wanted, signal, resolve, reject, isAlone: false });
      // Waits until the end of this event-loop turn, so that fetches from the same turn share a request.
      setImmediate(() => sendWaitingFetches(queue));
      return promise;
    },
    close() {
      for (const set of connectionSets) {
        set.close();
      }
    },
  };
}
