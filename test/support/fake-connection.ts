import type { QueuedBatch } from '../../src/stores/append/partition-queue.ts';
import type { BrokerConnection } from '../../src/stores/kafka/cluster/broker-connection.ts';
import type { ClusterView } from '../../src/stores/kafka/cluster/cluster-view.ts';
import { ConnectionError } from '../../src/stores/kafka/cluster/errors/connection-error.ts';
import type { BrokerAddress } from '../../src/stores/kafka/cluster/kafkajs/broker-address.ts';
import type { PartitionAnswer, ProduceConnection } from '../../src/stores/kafka/produce/broker-lane.ts';
import type { TopicPartition } from '../../src/stores/kafka/wire/topic-partition.ts';

/** A produce request that a fake broker has received but not answered yet. */
export interface Produced {
  readonly connection: FakeConnection;
  readonly batches: readonly QueuedBatch[];
  /** Values of the records, by partition. */
  readonly values: Readonly<Record<number, readonly string[]>>;
  answer(answers: readonly PartitionAnswer[]): void;
  /** Responds that the broker has stored every batch. */
  store(): void;
  fail(reason: ConnectionError['reason']): void;
}

export interface FakeConnection extends BrokerConnection, ProduceConnection {
  readonly isClosed: () => boolean;
  /** Closes the connection. */
  drop(): void;
}

export interface FakeBrokers {
  readonly openConnection: (address: BrokerAddress) => FakeConnection;
  readonly connections: readonly FakeConnection[];
  /** Resolves with the next produce request that the broker receives. */
  nextProduce(): Promise<Produced>;
  /** Number of produce requests that the test has not retrieved yet. */
  readonly waiting: number;
  /** Replaces `connect`. */
  onConnect: (address: BrokerAddress) => Promise<void>;
  onDescribe: (address: BrokerAddress) => Promise<ClusterView>;
  /** Time in epoch milliseconds that every connection reports. */
  throttledUntil: number;
}

/** Creates brokers that use no network. The test responds to each call of the port. */
export function createFakeBrokers(): FakeBrokers {
  const connections: FakeConnection[] = [];
  const produced: Produced[] = [];
  let claim: ((next: Produced) => void) | undefined;

  function arrive(next: Produced): void {
    if (claim === undefined) {
      produced.push(next);
    } else {
      claim(next);
      claim = undefined;
    }
  }

  const brokers: FakeBrokers = {
    connections,
    get waiting() {
      return produced.length;
    },
    onConnect: () => Promise.resolve(),
    throttledUntil: 0,
    onDescribe: () => Promise.reject(new ConnectionError('protocol', 'nothing to describe')),
    nextProduce() {
      const next = produced.shift();
      return next === undefined
        ? new Promise((resolve) => {
            claim = resolve;
          })
        : Promise.resolve(next);
    },
    openConnection(address) {
      let state: 'new' | 'open' | 'ended' = 'new';
      let closed = false;
      const listeners: (() => void)[] = [];
      function end(): void {
        if (state !== 'ended') {
          state = 'ended';
          for (const listener of listeners) {
            listener();
          }
        }
      }
      const connection: FakeConnection = {
        address,
        async connect() {
          await brokers.onConnect(address);
          state = 'open';
        },
        isOpen: () => state === 'open',
        throttledUntil: () => brokers.throttledUntil,
        onEnd: (listener) => {
          listeners.push(listener);
        },
        produce: (batches) =>
          new Promise((resolve, reject) => {
            arrive({
              connection,
              batches,
              values: Object.fromEntries(
                batches.map(({ partition, records }) => [
                  partition,
                  records.map(({ value }) => value.toString()),
                ]),
              ),
              answer: resolve,
              store: () => resolve(batches.map(toStored)),
              fail: (reason) => reject(new ConnectionError(reason, `failed by the test: ${reason}`)),
            });
          }),
        describeCluster: () => brokers.onDescribe(address),
        describeTopic: async () => undefined,
        close() {
          closed = true;
          end();
        },
        isClosed: () => closed,
        drop: end,
      };
      connections.push(connection);
      return connection;
    },
  };
  return brokers;
}

export function toStored({ topic, partition }: TopicPartition): PartitionAnswer {
  return { topic, partition, errorCode: 0, baseOffset: '42' };
}

export function toFailed({ topic, partition }: TopicPartition, errorCode: number): PartitionAnswer {
  return { topic, partition, errorCode, baseOffset: '-1' };
}
