import * as v from 'valibot';
import type { LogMark } from '../../revisions/decide-start.ts';
import { fetchGroupOffsets } from '../client/group-offsets.ts';
import type { PartitionCalls } from '../client/partition-calls.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';

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

/** The mark as metadata of a committed offset, where Kafka's own tools show it; about 130 characters. */
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
