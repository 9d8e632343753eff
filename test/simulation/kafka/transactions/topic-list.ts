import type { WireReader } from '../../../../src/stores/kafka/wire/wire-reader.ts';
import type { WireWriter } from '../../../../src/stores/kafka/wire/wire-writer.ts';

/** What most requests of Kafka hold: something for each partition, by topic. */
export interface TopicList<P> {
  readonly topic: string;
  readonly partitions: readonly P[];
}

export function readTopics<P>(request: WireReader, readPartition: () => P): readonly TopicList<P>[] {
  return request.array(() => ({ topic: request.string(), partitions: request.array(readPartition) }));
}

export function writeTopics<P>(
  writer: WireWriter,
  topics: readonly TopicList<P>[],
  writePartition: (partition: P, topic: string) => void,
): void {
  writer.array(topics, ({ topic, partitions }) => {
    writer.string(topic);
    writer.array(partitions, (partition) => writePartition(partition, topic));
  });
}
