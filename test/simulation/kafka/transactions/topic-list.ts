import type { AnswerWriter, RequestReader } from './broker-wire.ts';

/** Common structure of most Kafka requests, with an entry for each partition of each topic. */
export interface TopicList<P> {
  readonly topic: string;
  readonly partitions: readonly P[];
}

export function readTopics<P>(request: RequestReader, readPartition: () => P): readonly TopicList<P>[] {
  return request.array(() => ({ topic: request.string(), partitions: request.array(readPartition) }));
}

export function writeTopics<P>(
  writer: AnswerWriter,
  topics: readonly TopicList<P>[],
  writePartition: (partition: P, topic: string) => void,
): void {
  writer.array(topics, ({ topic, partitions }) => {
    writer.string(topic);
    writer.array(partitions, (partition) => writePartition(partition, topic));
  });
}
