import type { KafkaCall } from '../../cluster/kafkajs/kafka-connection.ts';

/** A request about one partition that waits to be sent. */
export interface PendingCall {
  readonly call: KafkaCall;
  /** It goes alone: no other partition takes the room of an answer. */
  readonly isAlone: boolean;
}

/** How requests about one partition each become one request, and its answer theirs. */
export interface Gathering {
  /** What the next request asks for. */
  take<T extends PendingCall>(waiting: readonly T[]): { readonly batch: T[]; readonly rest: T[] };
  toCall(batch: readonly PendingCall[]): KafkaCall;
  /** One's part of the answer; absent when it has to be asked for again, alone. One that went alone has a part. */
  find(pending: PendingCall, answer: unknown): { readonly part: unknown } | undefined;
}

interface OnePartition<T> {
  readonly topics: readonly [{ readonly topic: string; readonly partitions: readonly [T] }];
}

export interface Wanted<T> {
  readonly topic: string;
  readonly wanted: T;
}

/** What a request about one partition asks of it. */
export function toWanted<T extends { readonly partition: number }>({ call }: PendingCall): Wanted<T> {
  const [{ topic, partitions }] = (call.parameters as OnePartition<T>).topics;
  return { topic, wanted: partitions[0] };
}

/** As requests name them: each topic once. */
export function groupByTopic<T>(wanted: readonly Wanted<T>[]): { topic: string; partitions: T[] }[] {
  return [...Map.groupBy(wanted, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map((each) => each.wanted),
  }));
}

/** Those that may go together, each partition once: brokers refuse to be asked twice about one. */
export function takeEachPartitionOnce<T extends PendingCall>(
  waiting: readonly T[],
  mayTake: (each: T, takenCount: number) => boolean = () => true,
): { batch: T[]; rest: T[] } {
  const batch = new Map<string, T>();
  const rest: T[] = [];
  for (const each of waiting) {
    const { topic, wanted } = toWanted(each);
    const name = `${topic}/${wanted.partition}`;
    if (batch.has(name) || !mayTake(each, batch.size)) {
      rest.push(each);
    } else {
      batch.set(name, each);
    }
  }
  return { batch: [...batch.values()], rest };
}
