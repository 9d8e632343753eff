import type { KafkaConnection } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { toMetadataCodec } from '../../../src/stores/kafka/wire/metadata-codec.ts';
import { WireReader } from '../../../src/stores/kafka/wire/wire-reader.ts';

export type WholeMetadata = ReturnType<typeof decodeWholeMetadata>;

/**
 * Requests metadata in the same manner as the receiver, but decodes the complete response. The receiver skips fields
 * that it does not need.
 */
export async function askMetadata(
  connection: KafkaConnection,
  topics: readonly string[],
): Promise<WholeMetadata> {
  const answer = await connection.call({
    api: 'Metadata',
    parameters: { topics, allowAutoTopicCreation: false },
    codec: toMetadataCodec(topics, decodeWholeMetadata),
  });
  return answer as WholeMetadata;
}

function decodeWholeMetadata(payload: Buffer) {
  const reader = new WireReader(payload);
  reader.skipTags();
  const throttleMs = reader.int32();
  const brokers = reader.compactArray(() => {
    const broker = { nodeId: reader.int32(), host: reader.compactString(), port: reader.int32() };
    const rack = reader.compactString();
    reader.skipTags();
    return { ...broker, rack };
  });
  const clusterId = reader.compactString();
  const controllerId = reader.int32();
  const topics = reader.compactArray(() => readTopic(reader));
  const clusterOperations = reader.int32();
  reader.skipTags();
  const bytesLeft = payload.length - reader.position;
  return { throttleMs, brokers, clusterId, controllerId, topics, clusterOperations, bytesLeft };
}

function readTopic(reader: WireReader) {
  const topic = {
    errorCode: reader.int16(),
    name: reader.compactString(),
    topicId: reader.uuid(),
    isInternal: reader.int8(),
    partitions: reader.compactArray(() => readPartition(reader)),
    operations: reader.int32(),
  };
  reader.skipTags();
  return topic;
}

function readPartition(reader: WireReader) {
  const nodeIds = () => reader.compactArray(() => reader.int32());
  const partition = {
    errorCode: reader.int16(),
    partition: reader.int32(),
    leader: reader.int32(),
    leaderEpoch: reader.int32(),
    replicas: nodeIds(),
    inSync: nodeIds(),
    offline: nodeIds(),
  };
  reader.skipTags();
  return partition;
}
