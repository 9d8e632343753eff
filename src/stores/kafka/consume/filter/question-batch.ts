import { toEpochEnds } from '../../cluster/client/epoch-ends.ts';
import type { KafkaCall } from '../../cluster/kafkajs/kafka-connection.ts';
import type { EpochQuestion } from '../../wire/epoch-end-codec.ts';
import { groupByTopic, type PendingCall, takeEachPartitionOnce, toWanted } from './gathering.ts';

/** The answers of all of them name topics and partitions in the same way. */
const questions: ReadonlySet<KafkaCall['api']> = new Set([
  'ListOffsets',
  'OffsetFetch',
  'OffsetForLeaderEpoch',
]);

/** An answer has some 200 bytes of each partition at most, and 16 MiB of all. */
const mostPartitions = 1_000;

export function isQuestion({ api }: KafkaCall): boolean {
  return questions.has(api);
}

/** All that wait and ask for the same as the first one, of other partitions. */
export function takeQuestionBatch<T extends PendingCall>(waiting: readonly T[]): { batch: T[]; rest: T[] } {
  const kind = waiting[0] && kindOf(waiting[0]);
  return takeEachPartitionOnce(
    waiting,
    (each, takenCount) => takenCount < mostPartitions && kindOf(each) === kind,
  );
}

/** One request for all of them. */
export function toQuestionCall(batch: readonly PendingCall[]): KafkaCall {
  const { call } = batch[0] as PendingCall;
  if (call.api === 'OffsetForLeaderEpoch') {
    return toEpochEnds(groupByTopic(batch.map((each) => toWanted<EpochQuestion>(each))));
  }
  return {
    ...call,
    parameters: { ...call.parameters, topics: groupByTopic(batch.map((each) => toWanted(each))) },
  };
}

interface Answer {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number }[];
  }[];
}

/** The answer as if only this one had been asked: an error of another partition is none of it. */
export function findQuestionPart(pending: PendingCall, answer: unknown): unknown {
  const { topic, wanted } = toWanted(pending);
  const { responses } = answer as Answer;
  const ofTopic = responses.find((each) => each.topic === topic)?.partitions ?? [];
  const partitions = ofTopic.filter(({ partition }) => partition === wanted.partition);
  return { ...(answer as Answer), responses: [{ topic, partitions }] };
}

function kindOf({ call }: PendingCall): string {
  return JSON.stringify([call.api, { ...call.parameters, topics: undefined }]);
}
