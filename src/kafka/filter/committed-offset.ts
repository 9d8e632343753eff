import type { LogMark } from '../../revisions/decide-start.ts';
import { fetchGroupOffsets } from '../client/group-offsets.ts';
import type { PartitionCalls } from '../client/partition-calls.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { parseLogMark } from './log-mark.ts';

export interface CommittedOffset {
  readonly offset: number;
  readonly mark?: LogMark;
}

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
