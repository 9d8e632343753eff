import type { SinkRecord } from '../../../ports/sink.ts';
import { systemClock } from '../../../runtime/clock.ts';
import type { BrokerAddress } from '../cluster/kafkajs/broker-address.ts';
import type { KafkaConnection } from '../cluster/kafkajs/kafka-connection.ts';
import {
  createKafkajsConnection,
  type KafkajsConnectionDeps,
} from '../cluster/kafkajs/kafkajs-connection.ts';
import type { Compressor } from '../wire/compression.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import type { WireWriter } from '../wire/wire-writer.ts';
import { produceVersion, writeProduceBody } from '../wire/write-produce-body.ts';

export interface ProduceBatch extends TopicPartition {
  readonly records: readonly Pick<SinkRecord, 'key' | 'value' | 'headers'>[];
}

export interface PartitionAnswer extends TopicPartition {
  /** Kafka's protocol error code. 0 means success. */
  readonly errorCode: number;
  /** Offset as a decimal number, which is negative if the broker stored nothing. */
  readonly baseOffset: string;
}

export interface ProduceConnection extends Omit<KafkaConnection, 'call' | 'supports'> {
  /**
   * Sends one produce request and returns the response for each partition, whether it is a success or an error.
   * Rejects if no response arrives, in which case it is unknown whether the records are stored.
   */
  produce(batches: readonly ProduceBatch[]): Promise<readonly PartitionAnswer[]>;
}

export type OpenProduceConnection = (address: BrokerAddress) => ProduceConnection;

interface ProduceConnectionDeps extends KafkajsConnectionDeps {
  readonly compressor: Compressor | undefined;
}

export function createProduceConnection(deps: ProduceConnectionDeps): ProduceConnection {
  const { call, supports: _, ...connection } = createKafkajsConnection(deps);
  const { settings, compressor } = deps;
  const replicationTimeoutMs = toReplicationTimeout(settings.requestTimeoutMs);
  return {
    ...connection,
    async produce(batches) {
      const write = (writer: WireWriter) =>
        writeProduceBody(writer, batches, { now: systemClock.epochMs(), replicationTimeoutMs, compressor });
      const answer = (await call({
        api: 'Produce',
        parameters: { acks: -1 },
        codec: { version: produceVersion, write },
      })) as WireProduceAnswer;
      return answer.topics.flatMap(({ topicName, partitions }) =>
        partitions.map((partition) => ({ topic: topicName, ...partition })),
      );
    },
  };
}

/** Returns how long the broker may wait for its followers and still respond before the request times out. */
export function toReplicationTimeout(requestTimeoutMs: number): number {
  return requestTimeoutMs - 500;
}

interface WireProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly Omit<PartitionAnswer, 'topic'>[];
  }[];
}
