import { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** A decoded Metadata response. A response decoded by kafkajs contains neither topic IDs nor leader epochs. */
export interface WireMetadata {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  /** Cluster ID. If the broker reports none, the value is empty, or `null` when decoded by kafkajs. */
  readonly clusterId?: string | null;
  readonly controllerId?: number;
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly topicId?: string;
    readonly partitionMetadata: readonly {
      readonly partitionId: number;
      readonly leader: number;
      readonly leaderEpoch?: number;
      readonly replicas: readonly number[];
      readonly isr: readonly number[];
    }[];
  }[];
}

/**
 * First Metadata version with topic IDs (KIP-516), which also has leader epochs (KIP-320). kafkajs supports versions
 * up to 6.
 */
export const metadataVersion = 10;
/** Offset of the throttle time. The response header ends with one byte for an empty list of tags. */
const throttleTimeOffset = 1;

const nullUuid = Buffer.alloc(16);

export function toMetadataCodec<T>(topics: readonly string[] | 'all', decode: (payload: Buffer) => T) {
  const writeRequest = (writer: WireWriter) => writeMetadata(writer, topics);
  return { version: metadataVersion, write: writeRequest, decode, throttleAt: throttleTimeOffset };
}

/** Writes a request for the named topics or for all topics. The request creates no topics. */
export function writeMetadata(writer: WireWriter, topics: readonly string[] | 'all'): void {
  const requestedTopics = topics === 'all' ? [] : topics;
  writer.int8(0);
  writer.unsigned(topics === 'all' ? 0 : requestedTopics.length + 1);
  for (const topic of requestedTopics) {
    writer.raw(nullUuid);
    writer.compactString(topic);
    writer.int8(0);
  }
  // Four zero bytes: topics are not created, the authorized operations of the cluster and of topics are not requested,
  // and no tags follow.
  writer.int32(0);
}

export function decodeMetadata(payload: Buffer): WireMetadata {
  const reader = new WireReader(payload);
  reader.skipTags();
  reader.int32();
  const brokers = reader.compactArray(() => {
    const broker = { nodeId: reader.int32(), host: reader.compactString(), port: reader.int32() };
    reader.compactString();
    reader.skipTags();
    return broker;
  });
  const clusterId = reader.compactString();
  const controllerId = reader.int32();
  return { brokers, clusterId, controllerId, topicMetadata: reader.compactArray(() => readTopic(reader)) };
}

function readTopic(reader: WireReader): WireMetadata['topicMetadata'][number] {
  const topicErrorCode = reader.int16();
  const topic = reader.compactString();
  const topicId = reader.uuid();
  reader.int8();
  const partitionMetadata = reader.compactArray(() => {
    reader.int16();
    const partition = {
      partitionId: reader.int32(),
      leader: reader.int32(),
      leaderEpoch: reader.int32(),
      replicas: reader.compactArray(() => reader.int32()),
      isr: reader.compactArray(() => reader.int32()),
    };
    reader.compactArray(() => reader.int32());
    reader.skipTags();
    return partition;
  });
  reader.int32();
  reader.skipTags();
  return {
    topicErrorCode,
    topic,
    ...(topicId !== nullUuid.toString('hex') && { topicId }),
    partitionMetadata,
  };
}
