import type { BrokerAddress } from '../../src/stores/kafka/cluster/kafkajs/broker-address.ts';
import type { KafkaCall, KafkaConnection } from '../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';

export interface FakeKafkaConnection extends KafkaConnection {
  isClosed(): boolean;
}

/** Creates a Kafka connection whose requests the test answers. */
export function createFakeKafkaConnection(
  address: BrokerAddress,
  answer: (call: KafkaCall) => Promise<unknown>,
  connect: () => Promise<void> = async () => undefined,
): FakeKafkaConnection {
  const listeners: (() => void)[] = [];
  let closed = false;
  return {
    address,
    connect,
    isOpen: () => !closed,
    isClosed: () => closed,
    supports: (_api, version) => version < 10,
    throttledUntil: () => 0,
    onEnd(listener) {
      if (closed) {
        listener();
      } else {
        listeners.push(listener);
      }
    },
    call: answer,
    close() {
      if (!closed) {
        closed = true;
        for (const listener of listeners) {
          listener();
        }
      }
    },
  };
}
