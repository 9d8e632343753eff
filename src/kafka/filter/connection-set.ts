import { KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import { type BrokerAddress, formatBrokerAddress } from '../kafkajs/broker-address.ts';
import type { KafkaCall, KafkaConnection } from '../kafkajs/kafka-connection.ts';

/** The connections of one owner, one per broker, made when first needed. */
export interface ConnectionSet {
  /**
   * @throws {KafkaAnswerError} `reroute` when the broker cannot be reached: nothing was sent
   * @throws {LinkError} when the answer is missing: the connection is thrown away
   */
  call(address: BrokerAddress, call: KafkaCall): Promise<unknown>;
  /** @throws {KafkaAnswerError} `reroute` when the broker cannot be reached */
  supports(address: BrokerAddress, api: KafkaCall['api'], version: number): Promise<boolean>;
  close(): void;
}

export function createConnectionSet(
  openConnection: (address: BrokerAddress) => KafkaConnection,
): ConnectionSet {
  const connections = new Map<string, { readonly link: KafkaConnection; readonly ready: Promise<void> }>();
  let closed = false;

  async function connect(address: BrokerAddress): Promise<KafkaConnection> {
    const name = formatBrokerAddress(address);
    let entry = connections.get(name);
    if (entry === undefined) {
      if (closed) {
        throw new KafkaAnswerError('fail', -1, 'The connections are closed');
      }
      const link = openConnection(address);
      entry = { link, ready: link.connect() };
      connections.set(name, entry);
      link.onEnd(() => {
        if (connections.get(name)?.link === link) {
          connections.delete(name);
        }
      });
    }
    try {
      await entry.ready;
    } catch (error) {
      throw new KafkaAnswerError('reroute', -1, `Broker ${name} cannot be reached`, { cause: error });
    }
    return entry.link;
  }

  return {
    async call(address, call) {
      const link = await connect(address);
      try {
        return await link.call(call);
      } catch (error) {
        link.close();
        throw error;
      }
    },
    supports: async (address, api, version) => (await connect(address)).supports(api, version),
    close() {
      closed = true;
      for (const { link } of connections.values()) {
        link.close();
      }
    },
  };
}
