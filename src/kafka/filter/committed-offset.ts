import type { LogMark } from '../../revisions/decide-start.ts';
import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import { parseInt64 } from '../wire/parse-int64.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { parseLogMark } from './log-mark.ts';
import type { PartitionCalls } from './partition-calls.ts';

export interface CommittedOffset {
  readonly offset: number;
  readonly mark?: LogMark;
}

/** Where the group stands in a partition; `undefined` when it has no offset there. */
export function readCommittedOffset(
  calls: PartitionCalls,
  groupId: string,
  { topic, partition }: TopicPartition,
): Promise<CommittedOffset | undefined> {
  const asked = { api: 'OffsetFetch', group: groupId, topic } as const;
  return calls.read(
    { coordinator: 'group', key: groupId },
    { api: 'OffsetFetch', parameters: { groupId, topics: [{ topic, partitions: [{ partition }] }] } },
    (answer) => {
      const { errorCode, responses } = answer as WireCommitted;
      checkErrorCode(errorCode, `reading the offsets of ${groupId}`, asked);
      const found = responses[0]?.partitions.find((one) => one.partition === partition);
      const what = `reading the offset of ${groupId} for ${topic}-${partition}`;
      checkErrorCode(found?.errorCode ?? -1, what, asked);
      const offset = parseInt64(String(found?.offset), what);
      const mark = parseLogMark(found?.metadata ?? null);
      return offset < 0 ? undefined : { offset, ...(mark && { mark }) };
    },
  );
}

interface WireCommitted {
  readonly errorCode: number;
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly offset: string;
      readonly metadata: string | null;
    }[];
  }[];
}
