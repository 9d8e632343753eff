import {
  isInTime,
  listTopicNames,
  type ReadOptions,
  type RecordSelection,
  type StoredRecord,
} from '../../../ports/record-reader.ts';
import { type KafkaClient, type KafkaClientDeps, openKafkaClient } from '../cluster/client/kafka-client.ts';
import { readHeaders } from '../wire/wire-record.ts';
import { MultiTopicReader, type PartitionRecords } from './multi-topic-reader.ts';
import { explainFailure } from './read-topic.ts';
import { type OffsetRanges, type PositionOptions, TopicPositions } from './topic-positions.ts';

/** Reads committed records of topics directly from the partition leaders, without a consumer group. */
export async function* readKafkaRecords(
  deps: KafkaClientDeps,
  selection: RecordSelection,
  options: ReadOptions & { readonly ranges?: OffsetRanges },
): AsyncGenerator<readonly StoredRecord[]> {
  const endController = new AbortController();
  const signal = AbortSignal.any([options.signal, endController.signal]);
  const { follow, observer } = options;
  const names = listTopicNames(selection);
  const client = openKafkaClient(deps, names);
  const { connection, logger } = deps;
  const explainError = (error: unknown) =>
    explainFailure(error, { connection, logger, topics: names, role: selection.role });
  try {
    const topics = await openTopics(client, names, { ...selection, ...options });
    const topicsReader = new MultiTopicReader({
      reader: client.reader,
      topics,
      follow,
      observer,
      signal,
      explain: explainError,
    });
    while (!signal.aborted && !topicsReader.isDone()) {
      const records = toStoredRecords(await topicsReader.next(), selection);
      if (records.length > 0) {
        yield records;
      }
    }
  } catch (error) {
    throw await explainError(error);
  } finally {
    endController.abort();
    client.close();
  }
}

async function openTopics(
  client: KafkaClient,
  names: readonly string[],
  options: PositionOptions,
): Promise<ReadonlyMap<string, TopicPositions>> {
  const topics = new Map<string, TopicPositions>();
  for (const name of names) {
    if (options.mayBeMissing !== true || (await client.routes.partitionCountOf(name)) > 0) {
      topics.set(name, await TopicPositions.open(client, name, options));
    }
  }
  return topics;
}

function toStoredRecords(part: PartitionRecords | undefined, selection: RecordSelection): StoredRecord[] {
  const keys = selection.role === 'dead-letter' ? undefined : selection.keys;
  return (part?.records ?? [])
    .filter(({ key }) => keys === undefined || keys.has(key?.toString() ?? ''))
    .filter(({ timestampMs }) => isInTime(timestampMs, selection))
    .map((record) => toStoredRecord(record, part as PartitionRecords));
}

/** Converts one record. An unreadable batch becomes one record whose value is the bytes of the batch. */
function toStoredRecord(
  record: PartitionRecords['records'][number],
  { of: { topic, partition } }: PartitionRecords,
): StoredRecord {
  const { key, value, body, unreadable, timestampMs, offset } = record;
  return {
    topic,
    place: `${topic}/${partition}/${offset}`,
    key: key?.toString() ?? null,
    value: value ?? Buffer.alloc(0),
    headers: unreadable === undefined ? readHeaders(body) : { reason: 'unreadable_batch' },
    storedAtMs: timestampMs,
  };
}
