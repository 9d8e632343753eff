import {
  type ConnectionSet,
  createConnectionSet,
  type OpenConnection,
} from '../../cluster/connection-set.ts';
import { ConnectionError } from '../../cluster/errors/connection-error.ts';
import type { BrokerAddress } from '../../cluster/kafkajs/broker-address.ts';
import type { KafkaCall } from '../../cluster/kafkajs/kafka-connection.ts';

/** Connections that many owners share. Their number to each broker is bounded, however many owners there are. */
export interface SharedConnections {
  /**
   * One owner's use of them. Closing it rejects what that owner waits for; the connections stay.
   *
   * @param owner whoever comes again with its number gets the same connections: of many that have ended without a sign, it waits
   * for the answer of one to each broker
   */
  lease(owner: number): ConnectionSet;
  close(): void;
}

/** After `close` the owner waits for nothing; what it asked for may still be done. */
export function toLease(
  call: (address: BrokerAddress, call: KafkaCall, isOver: () => boolean) => Promise<unknown>,
  supports: ConnectionSet['supports'],
): ConnectionSet {
  const ended = new AbortController();
  const isOver = () => ended.signal.aborted;
  return {
    call(address, request) {
      return new Promise((resolve, reject) => {
        const end = (): void =>
          reject(new ConnectionError('connection', 'the owner of this request has ended'));
        if (isOver()) {
          end();
          return;
        }
        ended.signal.addEventListener('abort', end);
        call(address, request, isOver)
          .then(resolve, reject)
          .finally(() => ended.signal.removeEventListener('abort', end));
      });
    },
    supports,
    close: () => ended.abort(),
  };
}

export interface SharedConnectionsDeps {
  readonly openConnection: OpenConnection;
  readonly maxPerBroker: number;
}

/** Each owner uses one connection to a broker, so that its requests stay in order. */
export function createSharedConnections(deps: SharedConnectionsDeps): SharedConnections {
  const sets = Array.from({ length: deps.maxPerBroker }, () => createConnectionSet(deps.openConnection));
  return {
    lease(owner) {
      const set = sets[owner % sets.length] as ConnectionSet;
      return toLease(set.call, set.supports);
    },
    close() {
      for (const set of sets) {
        set.close();
      }
    },
  };
}
