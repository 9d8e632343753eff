import {
  type ConnectionSet,
  createConnectionSet,
  type OpenConnection,
} from '../../cluster/connection-set.ts';
import { createFetchPool } from './fetch-pool.ts';

/** Connections that the partitions of a process share. Their number to each broker is bounded, however many partitions there are. */
export interface PartitionConnections {
  /**
   * A partition that comes again gets the same ones: of many that have ended without a sign, it waits for the answer of one
   * to each broker.
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
  const pool = createFetchPool({ openConnection, maxPerBroker: most.fetching });
  const others = Array.from({ length: most.others }, () => createConnectionSet(openConnection));
  return {
    of(partition, signal) {
      // All requests of a partition to a broker go over one connection, so that they stay in order.
      const { call, supports } = others[partition % others.length] as ConnectionSet;
      return {
        call: (address, request) =>
          request.api === 'Fetch' ? pool.fetch(address, request, signal) : call(address, request),
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
