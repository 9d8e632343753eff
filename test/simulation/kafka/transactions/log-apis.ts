import type { ApiCall, ApiHandler } from './api-handler.ts';
import { toErrorCode } from './error-code.ts';
import type { PartitionLog } from './partition-log.ts';
import { readTopics, writeTopics } from './topic-list.ts';

/** Finds a log. @returns the log, or the name of the error that the broker returns */
export function findLog(
  { cluster, broker, fault }: Pick<ApiCall, 'cluster' | 'broker' | 'fault'>,
  {
    topic,
    partition,
    leaderEpoch,
  }: { readonly topic: string; readonly partition: number; readonly leaderEpoch: number },
): PartitionLog | string {
  const { log, leader } = cluster.partition(topic, partition) ?? {};
  if (log === undefined) {
    return 'UNKNOWN_TOPIC_OR_PARTITION';
  }
  if (leader !== broker) {
    return 'NOT_LEADER_OR_FOLLOWER';
  }
  if (leaderEpoch >= 0 && leaderEpoch !== log.leaderEpoch) {
    return leaderEpoch < log.leaderEpoch ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH';
  }
  return fault ?? log;
}

export const listOffsetsApi: ApiHandler = {
  apiKey: 2,
  version: 3,
  handle(call) {
    const { request } = call;
    request.int32(); // replica id
    const isCommittedOnly = request.int8() === 1;
    const topics = readTopics(request, () => ({ partition: request.int32(), timestamp: request.int64() }));
    call.answer((writer) => {
      writer.int32(call.throttleMs);
      writeTopics(writer, topics, ({ partition, timestamp }, topic) => {
        const log = findLog(call, { topic, partition, leaderEpoch: -1 });
        const found =
          typeof log === 'string' ? { timestamp: -1, offset: -1 } : log.offsetAt(timestamp, isCommittedOnly);
        writer.int32(partition);
        writer.int16(typeof log === 'string' ? toErrorCode(log) : 0);
        writer.int64(found.timestamp);
        writer.int64(found.offset);
      });
    });
  },
};

export const offsetForLeaderEpochApi: ApiHandler = {
  apiKey: 23,
  version: 3,
  handle(call) {
    const { request } = call;
    request.int32(); // replica id
    const topics = readTopics(request, () => ({
      partition: request.int32(),
      leaderEpoch: request.int32(),
      epoch: request.int32(),
    }));
    call.answer((writer) => {
      writer.int32(call.throttleMs);
      writeTopics(writer, topics, ({ partition, leaderEpoch, epoch }, topic) => {
        const log = findLog(call, { topic, partition, leaderEpoch });
        const found = typeof log === 'string' ? { epoch: -1, endOffset: -1 } : log.epochEnd(epoch);
        writer.int16(typeof log === 'string' ? toErrorCode(log) : 0);
        writer.int32(partition);
        writer.int32(found.epoch);
        writer.int64(found.endOffset);
      });
    });
  },
};
