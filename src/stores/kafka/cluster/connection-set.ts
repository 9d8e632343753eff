import { KafkaAnswerError, unknownErrorCode } from './errors/kafka-answer-error.ts';
import { type BrokerAddress, formatBrokerAddress } from './kafkajs/broker-address.ts';
import type { KafkaCall, KafkaConnection } from './kafkajs/kafka-connection.ts';

/**
 * Connections to all brokers, one for each broker. A connection is opened on first use, and closed after a request
 * without a response.
 */
export interface ConnectionSet {
  /**
   * Sends a request to a broker.
   *
   * @throws {KafkaAnswerError} with the kind `reroute` if the broker is unreachable and nothing was sent
   * @throws {ConnectionError} if no response arrives
   */
  call(address: BrokerAddress, call: KafkaCall): Promise<unknown>;
  /**
   * Returns whether the broker supports this version of a request.
   *
   * @throws {KafkaAnswerError} with the kind `reroute` if the broker is unreachable
   */
  supports(address: BrokerAddress, api: KafkaCall['api'], version: number): Promise<boolean>;
  close(): void;
}

export type ConnectionOpener = (address: BrokerAddress) => KafkaConnection;

interface ConnectionEntry {
  readonly connection: KafkaConnection;
  readonly ready: Promise<void>;
}

export function createConnectionSet(openConnection: ConnectionOpener): ConnectionSet {
  const entries = new Map<string, ConnectionEntry>();
  let isClosed = false;

  function openEntry(name: string, address: BrokerAddress): ConnectionEntry {
    const connection = openConnection(address);
    const entry = { connection, ready: connection.connect() };
    entries.set(name, entry);
    const dropConnection = (): void => {
      if (entries.get(name) === entry) {
        entries.delete(name);
      }
    };
    connection.onEnd(dropConnection);
    entry.ready.catch(dropConnection);
    return entry;
  }

  async function connect(address: BrokerAddress): Promise<KafkaConnection> {
    const name = formatBrokerAddress(address);
    if (isClosed) {
      throw new KafkaAnswerError('fail', unknownErrorCode, 'The connections are closed');
    }
    const { connection, ready } = entries.get(name) ?? openEntry(name, address);
    try {
      await ready;
    } catch (error) {
      throw new KafkaAnswerError('reroute', unknownErrorCode, `Broker ${name} is unreachable`, {
        cause: error,
      });
    }
    return connection;
  }

  return {
    async call(address, call) {
      const connection = await connect(address);
      try {
        return await connection.call(call);
      } catch (error) {
        connection.close();
        throw error;
      }
    },
    supports: async (address, api, version) => (await connect(address)).supports(api, version),
    close() {
      isClosed = true;
      for (const { connection } of entries.values()) {
        connection.close();
      }
    },
  };
}
