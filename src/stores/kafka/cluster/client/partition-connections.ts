import type { FetchedPartitions } from '../../wire/fetch-codec.ts';
import { type ConnectionSet, createConnectionSet, type OpenConnection } from '../connection-set.ts';
import { type BrokerAddress, formatBrokerAddress } from '../kafkajs/broker-address.ts';
import {
  isCutShort,
  type PendingFetch,
  takeFetchBatch,
  toFetchCall,
  type WantedRecords,
} from './fetch-batch.ts';

/** Connections that the partitions of a process share. Their number to each broker is bounded, however many partitions there are. */
export interface PartitionConnections {
  /**
   * A partition that comes again gets the same ones: of many that have ended without a sign, it waits for the answer of one
   * to each broker. The parameters of a Fetch are `WantedRecords`.
   *
   * @param signal the partition waits for nothing any more
   */
  of(partition: number, signal: AbortSignal): Pick<ConnectionSet, 'call' | 'supports'>;
  close(): void;
}

interface PartitionConnectionsDeps {
  readonly openConnection: OpenConnection;
  /** To each broker. */
  readonly most: {
    readonly fetching: number;
    /** For every request that is no Fetch: a Fetch that waits for records would delay it. */
    readonly others: number;
  };
}

export function createPartitionConnections(deps: PartitionConnectionsDeps): PartitionConnections {
  const { openConnection, most } = deps;
  const pool = createFetchPool(openConnection, most.fetching);
  const others = Array.from({ length: most.others }, () => createConnectionSet(openConnection));
  return {
    of(partition, signal) {
      // All requests of a partition to a broker go over one connection, so that they stay in order.
      const { call, supports } = others[partition % others.length] as ConnectionSet;
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
      for (const set of others) {
        set.close();
      }
    },
  };
}

interface FetchPool {
  /**
   * The answer to a Fetch of one partition; it is that of others, too.
   *
   * @param signal nobody waits for it any more: it is not sent, and not settled
   * @throws as `ConnectionSet.call`
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
  /** Those whose connection to this broker carries nothing. */
  readonly idle: ConnectionSet[];
  waiting: WaitingFetch[];
}

/**
 * Fetches of many partitions, over few connections and in few requests. A broker answers the requests of a connection one
 * after the other, and a Fetch waits for records. So all Fetches that wait go out in one request as soon as a connection is
 * free. Partitions without records end up together in one long wait, and leave the other connections to those that have some.
 */
function createFetchPool(openConnection: OpenConnection, maxPerBroker: number): FetchPool {
  const sets = Array.from({ length: maxPerBroker }, () => createConnectionSet(openConnection));
  const queues = new Map<string, BrokerQueue>();

  function queueOf(address: BrokerAddress): BrokerQueue {
    const name = formatBrokerAddress(address);
    const queue = queues.get(name) ?? { address, idle: [...sets], waiting: [] };
    queues.set(name, queue);
    return queue;
  }

  /** Over each of the connections goes one request at a time. */
  function pump(queue: BrokerQueue): void {
    queue.waiting = queue.waiting.filter(({ signal }) => !signal.aborted);
    while (queue.waiting.length > 0) {
      const set = queue.idle.pop();
      if (set === undefined) {
        return;
      }
      const { batch, rest } = takeFetchBatch(queue.waiting);
      queue.waiting = rest;
      void send(queue, set, batch);
    }
  }

  async function send(queue: BrokerQueue, set: ConnectionSet, batch: readonly WaitingFetch[]): Promise<void> {
    try {
      const answer = (await set.call(queue.address, toFetchCall(batch))) as FetchedPartitions;
      for (const each of batch) {
        if (batch.length > 1 && isCutShort(each, answer)) {
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
      pump(queue);
    }
  }

  return {
    fetch(address, wanted, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<FetchedPartitions>();
      const queue = queueOf(address);
      queue.waiting.push({ wanted, signal, resolve, reject, isAlone: false });
      // After this turn of the event loop: requests that come in the same turn go out together.
      setImmediate(() => pump(queue));
      return promise;
    },
    close() {
      for (const set of sets) {
        set.close();
      }
    },
  };
}
