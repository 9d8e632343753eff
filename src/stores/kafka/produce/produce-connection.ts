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

/** Records for one partition, sent together. */
export interface ProduceBatch extends TopicPartition {
  readonly records: readonly Pick<SinkRecord, 'key' | 'value' | 'headers'>[];
}

/** What the broker says of one batch. */
export interface PartitionAnswer extends TopicPartition {
  /** Kafka's protocol error code; 0 is success. */
  readonly errorCode: number;
  /** Decimal; negative when the broker stored nothing. */
  readonly baseOffset: string;
}

/** A connection to one broker that carries records. */
export interface ProduceConnection extends Omit<KafkaConnection, 'call' | 'supports'> {
  /**
   * Sends one produce request and gives back the answer for each partition, good or bad. Rejects when there is no
   * answer: the records may be stored or not.
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

/** How long the broker may wait for its followers: its answer comes before the request is given up. */
export function toReplicationTimeout(requestTimeoutMs: number): number {
  return requestTimeoutMs - 500;
}

interface WireProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly Omit<PartitionAnswer, 'topic'>[];
  }[];
}
