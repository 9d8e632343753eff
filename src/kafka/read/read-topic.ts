import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { toAskedError } from '../errors/kafka-answer-error.ts';
import { parseInt64 } from '../wire/parse-int64.ts';
import { withAdmin } from './with-admin.ts';

export interface OffsetRange {
  readonly partition: number;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export interface ReadTopicOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** Members of one group share the partitions; a group of its own reads all of them. */
  readonly groupId: string;
  readonly ranges: readonly OffsetRange[];
  readonly handle: (batch: TopicBatch) => Promise<void>;
}

export interface TopicBatch {
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
  /** Of the group, for this partition. */
  commit(offset: number, metadata: string): Promise<void>;
}

/**
 * Reads ranges of offsets of a topic, in order within each partition. Resolves when all are read. No range may begin
 * before what the group has committed.
 */
export async function readTopic(options: ReadTopicOptions): Promise<void> {
  const { kafka, groupId } = options;
  const ranges = options.ranges.filter(({ from, to }) => from < to);
  if (ranges.length === 0) {
    return;
  }
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 250 });
  await consumer.connect();
  try {
    await consumeRanges(consumer, { ...options, ranges });
  } catch (error) {
    const asked = { api: 'Fetch', topic: options.topic, group: groupId } as const;
    throw toAskedError(error, `reading the topic ${options.topic}`, asked);
  } finally {
    await consumer.disconnect();
  }
}

async function consumeRanges(consumer: Consumer, { topic, ranges, handle }: ReadTopicOptions): Promise<void> {
  const open = new Map(ranges.map((range) => [range.partition, range]));
  const positions = new Map(ranges.map(({ partition, from }) => [partition, from]));
  let hasFailed = false;
  let assigned: readonly number[] | undefined;
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();

  function finishWhenRead(): void {
    if (assigned?.every((partition) => !open.has(partition)) === true) {
      resolve();
    }
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    assigned = payload.memberAssignment[topic] ?? [];
    finishWhenRead();
  });
  function fail(error: unknown): void {
    hasFailed = true;
    reject(error);
  }

  consumer.on(consumer.events.CRASH, ({ payload }) => fail(payload.error));
  // Also emitted for batches of control records and of aborted transactions, which no handler gets.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    if (Number(lastOffset) + 1 >= (open.get(partition)?.to ?? Number.POSITIVE_INFINITY)) {
      open.delete(partition);
      consumer.pause([{ topic, partitions: [partition] }]);
      finishWhenRead();
    }
  });
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    async eachBatch({ batch, heartbeat }) {
      const { partition } = batch;
      const position = positions.get(partition) ?? Number.POSITIVE_INFINITY;
      const end = open.get(partition)?.to ?? 0;
      const messages = batch.messages.filter(
        ({ offset }) => Number(offset) >= position && Number(offset) < end,
      );
      if (messages.length > 0 && !hasFailed) {
        positions.set(partition, Number(messages.at(-1)?.offset) + 1);
        const commit = (offset: number, metadata: string) =>
          consumer.commitOffsets([{ topic, partition, offset: String(offset), metadata }]);
        // kafkajs would try again whatever is thrown in here.
        await handle({ partition, messages, commit }).catch(fail);
        await heartbeat();
      }
    },
  });
  try {
    for (const { partition, from } of ranges) {
      consumer.seek({ topic, partition, offset: String(from) });
    }
  } catch (error) {
    // The consumer has ended already, and has emitted the reason.
    fail(error);
  }
  await finished;
}

/** Offsets of each partition: the first that is there, and the next to be written. */
export function readTopicEnds(
  kafka: Kafka,
  topic: string,
): Promise<readonly { readonly partition: number; readonly low: number; readonly high: number }[]> {
  const question = { what: `reading the ends of the topic ${topic}`, api: 'Fetch', topic } as const;
  return withAdmin(kafka, question, async (admin) => {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.map(({ partition, low, high }) => ({
      partition,
      low: parseInt64(low, question.what),
      high: parseInt64(high, question.what),
    }));
  });
}
