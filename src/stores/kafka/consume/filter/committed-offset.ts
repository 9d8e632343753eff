import * as v from 'valibot';
import type { LogMark } from '../../../../filter/decide-start.ts';
import { fetchGroupOffsets } from '../../cluster/client/group-offsets.ts';
import type { PartitionCalls } from '../../cluster/client/partition-calls.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';

export interface CommittedOffset {
  readonly offset: number;
  readonly mark?: LogMark;
}

const number = v.pipe(v.number(), v.safeInteger());
const schema = v.object({
  events: v.object({ topicId: v.exactOptional(v.string()), epoch: number }),
  latest: v.object({ topicId: v.exactOptional(v.string()), end: number }),
});

/** Where the group stands in a partition; `undefined` when it has no offset there. */
export async function readCommittedOffset(
  calls: PartitionCalls,
  groupId: string,
  { topic, partition }: TopicPartition,
): Promise<CommittedOffset | undefined> {
  const found = (await fetchGroupOffsets(calls, groupId, topic, [partition])).get(partition);
  const mark = found && parseLogMark(found.metadata);
  return found && { offset: found.offset, ...(mark && { mark }) };
}

/**
 * How far the filter knew the latest-state topic: its second place is the group's offset there, which nobody has a reason to
 * set. Kafka deletes it with the topic, so it is no place for the only mark. `undefined` when there is none, or somebody else
 * has set it: such an offset has no metadata.
 */
export async function readLatestMark(
  calls: PartitionCalls,
  groupId: string,
  { topic, partition }: TopicPartition,
): Promise<LogMark['latest'] | undefined> {
  const found = (await fetchGroupOffsets(calls, groupId, topic, [partition])).get(partition);
  return found && parseLogMark(found.metadata)?.latest;
}

/** The mark as metadata of a committed offset, where Kafka's own tools show it; about 140 characters. */
export function formatLogMark(mark: LogMark): string {
  return JSON.stringify(mark);
}

/** `undefined` for what other consumers and earlier versions of this one have left there. */
function parseLogMark(metadata: string): LogMark | undefined {
  try {
    return v.parse(schema, JSON.parse(metadata));
  } catch {
    return undefined;
  }
}
