import { digestRecord, type ReadBack, type ReadBackSampler } from '../../../ports/read-back.ts';
import type { SinkRecord } from '../../../ports/sink.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { describeError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { type KafkaClient, openKafkaClient } from '../cluster/client/kafka-client.ts';
import { offsetTimes } from '../cluster/client/list-offsets.ts';
import type { FetchedRecords } from '../cluster/client/partition-reader.ts';
import { readTopicConfigs } from '../cluster/cluster-reader.ts';
import { KafkaAnswerError } from '../cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../cluster/errors/kafka-errors.ts';
import type { KafkaAccess } from '../cluster/kafkajs/connection-options.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { explainFailure, isClusterFailure } from './read-topic.ts';

interface AnswerSamplerDeps {
  readonly connection: KafkaAccess;
  /** All topics to which records may be sent. */
  readonly topics: readonly string[];
  readonly sampler: ReadBackSampler;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface SentBatch extends TopicPartition {
  readonly records: readonly SinkRecord[];
  readonly sizeBytes: number;
}

interface BatchAnswer extends TopicPartition {
  readonly errorCode: number;
  readonly baseOffset: string;
}

/** Position of a record in the log, and the time at which the record was acknowledged, as a `Clock.now` value. */
interface RecordPosition extends TopicPartition {
  readonly offset: number;
  readonly acknowledgedAt: number;
}

/** Time limit in milliseconds for each request, so that a loss is reported within seconds. */
const timeoutMs = 3_000;

/**
 * Creates a function that receives each produce response, and passes an acknowledged record to the sampler if a
 * sample is due.
 */
export function createAnswerSampler(deps: AnswerSamplerDeps) {
  const { connection, topics, sampler, clock, logger } = deps;
  const client = openKafkaClient({ connection, logger, timeoutMs }, topics);
  sampler.signal.addEventListener('abort', () => client.close(), { once: true });

  return (batches: readonly SentBatch[], answers: readonly BatchAnswer[]): void => {
    if (!sampler.isDue) {
      return;
    }
    const batch = batches[Math.floor(Math.random() * batches.length)];
    const answer = answers.find(
      (each) => each.partition === batch?.partition && each.topic === batch.topic && each.errorCode === 0,
    );
    const baseOffset = Number(answer?.baseOffset ?? -1);
    if (batch === undefined || baseOffset < 0) {
      return;
    }
    const index = Math.floor(Math.random() * batch.records.length);
    const record = batch.records[index] as SinkRecord;
    const { topic, partition, sizeBytes } = batch;
    const recordPosition = { topic, partition, offset: baseOffset + index, acknowledgedAt: clock.now() };
    const expectedDigest = digestRecord(record);
    sampler.take({
      place: `${topic}/${partition}/${recordPosition.offset}`,
      id: record.headers.ce_id,
      // Size of the whole batch, because a broker returns only whole batches.
      readBytes: sizeBytes,
      readBack: () =>
        readPosition({ client, clock }, recordPosition, expectedDigest).catch(async (error: unknown) => {
          throw await explainFailure(error, { connection, logger, topics: [topic], role: 'events' });
        }),
    });
  };
}

interface PositionReader {
  readonly client: Pick<KafkaClient, 'cluster' | 'reader'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Compares the record at a position with the record that was stored there.
 *
 * @param wanted `digestRecord` of the stored record
 * @throws {KafkaAnswerError | ConnectionError} if the cluster returns any other error or does not respond
 */
export async function readPosition(
  from: PositionReader,
  place: RecordPosition,
  wanted: string,
): Promise<ReadBack> {
  const { client } = from;
  const { topic, partition, offset } = place;
  const of = { topic, partition };
  let fetchedRecords: FetchedRecords;
  try {
    fetchedRecords = await client.reader.fetch(of, { fromOffset: offset, maxWaitMs: 0, maxBytes: 1 });
  } catch (error) {
    return classifyFailure(from, place, error);
  }
  const { records, nextOffset } = fetchedRecords;
  const foundRecord = records.find((record) => record.offset === offset || record.unreadable !== undefined);
  if (foundRecord?.unreadable !== undefined) {
    return {
      outcome: 'different',
      detail: `the batch of the record is unreadable: ${foundRecord.unreadable.message}`,
    };
  }
  if (foundRecord !== undefined) {
    const { key, value } = foundRecord;
    const isIdentical =
      digestRecord({ key: key?.toString() ?? null, value: value ?? Buffer.alloc(0) }) === wanted;
    return isIdentical
      ? { outcome: 'same', detail: '' }
      : { outcome: 'different', detail: 'the record at this offset has another key or value' };
  }
  if (nextOffset > offset) {
    const policy = (await readTopicConfigs(client.cluster, topic))?.get('cleanup.policy') ?? '';
    return policy.includes('compact')
      ? { outcome: 'removed', detail: 'by compaction' }
      : createMissingResult('the log has higher offsets, but not the offset of this record');
  }
  const end = await client.reader.endOf(of);
  if (end <= offset) {
    return createMissingResult(`the log ends at offset ${end}: it was truncated, or the topic was recreated`);
  }
  throw new Error(`${topic}/${partition}/${offset} cannot be read yet: an open transaction precedes it`);
}

async function classifyFailure(
  { client, clock }: PositionReader,
  place: RecordPosition,
  error: unknown,
): Promise<ReadBack> {
  if (!isClusterFailure(error)) {
    return { outcome: 'different', detail: `the batch of the record is unreadable: ${describeError(error)}` };
  }
  const code = error instanceof KafkaAnswerError ? error.errorCode : 0;
  if (code === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) {
    return createMissingResult(`the cluster has no partition ${place.partition} of ${place.topic}`);
  }
  if (code !== errorCodes.OFFSET_OUT_OF_RANGE) {
    throw error;
  }
  const logStartOffset = await client.reader.offsetAt(place, offsetTimes.earliest);
  return logStartOffset > place.offset
    ? checkRetention(client, place, logStartOffset, clock.now() - place.acknowledgedAt)
    : createMissingResult(
        `the log ends at offset ${await client.reader.endOf(place)}: it was truncated, or the topic was recreated`,
      );
}

/**
 * Checks whether retention may have removed a record. Retention removes records after the retention time or if the
 * partition exceeds a size limit.
 */
async function checkRetention(
  client: PositionReader['client'],
  { topic }: RecordPosition,
  first: number,
  ageMs: number,
): Promise<ReadBack> {
  const settings = await readTopicConfigs(client.cluster, topic);
  const retentionMs = Number(settings?.get('retention.ms') ?? -1);
  const isSizeLimited = Number(settings?.get('retention.bytes') ?? -1) >= 0;
  const logStartText = `the log now begins at offset ${first}`;
  if (isSizeLimited || (retentionMs >= 0 && ageMs >= retentionMs)) {
    return { outcome: 'removed', detail: `by retention: ${logStartText}` };
  }
  return createMissingResult(
    settings === undefined
      ? `${logStartText}. Without DescribeConfigs on the topic, it is unknown whether retention removed the record`
      : `${logStartText}, although the retention time has not passed: a client has deleted records`,
  );
}

function createMissingResult(detail: string): ReadBack {
  return { outcome: 'missing', detail };
}
