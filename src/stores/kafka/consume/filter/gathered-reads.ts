import { type ConnectionSet, createConnectionSet } from '../../cluster/connection-set.ts';
import { type BrokerAddress, formatBrokerAddress } from '../../cluster/kafkajs/broker-address.ts';
import type { FetchedPartitions } from '../../wire/fetch-codec.ts';
import { findFetched, isCutShort, type PendingFetch, takeFetchBatch, toFetchCall } from './fetch-batch.ts';
import { type SharedConnections, type SharedConnectionsDeps, toLease } from './shared-connections.ts';

interface WaitingFetch extends PendingFetch {
  readonly isOver: () => boolean;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface BrokerQueue {
  readonly address: BrokerAddress;
  readonly idle: ConnectionSet[];
  waiting: WaitingFetch[];
  isPumpDue: boolean;
}

interface GatheredReadsDeps extends SharedConnectionsDeps {
  /** For every request that is no Fetch: a Fetch that waits for records would delay it. */
  readonly others: SharedConnections;
}

/**
 * What is read of many partitions, over few connections and in few requests. A broker answers the requests of a connection
 * one after the other, and a Fetch waits for records. So all Fetches that wait go out in one request as soon as a connection
 * is free. Partitions without records end up together in one long wait, and leave the other connections to those that have
 * some.
 */
export function createGatheredReads(deps: GatheredReadsDeps): SharedConnections {
  const { others } = deps;
  const sets = Array.from({ length: deps.maxPerBroker }, () => createConnectionSet(deps.openConnection));
  const queues = new Map<string, BrokerQueue>();

  function queueOf(address: BrokerAddress): BrokerQueue {
    const name = formatBrokerAddress(address);
    const queue = queues.get(name) ?? { address, idle: [...sets], waiting: [], isPumpDue: false };
    queues.set(name, queue);
    return queue;
  }

  /** Over each of the connections goes one request at a time. */
  function pump(queue: BrokerQueue): void {
    queue.waiting = queue.waiting.filter(({ isOver }) => !isOver());
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
        const part = findFetched(each, answer);
        if (batch.length > 1 && part !== undefined && isCutShort(each, part)) {
          queue.waiting.push({ ...each, isAlone: true });
        } else {
          each.resolve(part);
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

  function fetch(
    address: BrokerAddress,
    call: PendingFetch['call'],
    isOver: () => boolean,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const queue = queueOf(address);
      queue.waiting.push({ call, isOver, resolve, reject, isAlone: false });
      if (!queue.isPumpDue) {
        queue.isPumpDue = true;
        // After this turn of the event loop: requests that come in the same turn go out together.
        setImmediate(() => {
          queue.isPumpDue = false;
          pump(queue);
        });
      }
    });
  }

  return {
    lease() {
      const other = others.lease();
      const lease = toLease(
        (address, call, isOver) =>
          call.api === 'Fetch' ? fetch(address, call, isOver) : other.call(address, call),
        other.supports,
      );
      return {
        ...lease,
        close() {
          lease.close();
          other.close();
        },
      };
    },
    close() {
      for (const set of sets) {
        set.close();
      }
    },
  };
}
