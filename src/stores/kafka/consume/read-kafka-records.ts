import {
  isInTime,
  listTopicNames,
  type PlacedRecord,
  type ReadOptions,
  type RecordSelection,
} from '../../../ports/record-reader.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { toError } from '../../../runtime/errors.ts';
import { ToldOutage } from '../../../runtime/told-outage.ts';
import { type FetchedPosition, fetchPartitions } from '../cluster/client/fetch.ts';
import { type KafkaClient, type KafkaClientDeps, openKafkaClient } from '../cluster/client/kafka-client.ts';
import type { FetchedRecords } from '../cluster/client/partition-reader.ts';
import { createKafkaPatience, describeUnread } from '../cluster/client/read-range.ts';
import { RecordSetReader } from '../wire/read-record-batches.ts';
import { readHeaders } from '../wire/wire-record.ts';
import { explainFailure, isClusterFailure } from './read-topic.ts';
import {
  type OffsetRanges,
  type PositionOptions,
  type ReadingPosition,
  TopicPositions,
} from './topic-positions.ts';

type Options = PositionOptions & ReadOptions;

/** The committed records of topics, from their leaders, without a group. */
export async function* readKafkaRecords(
  deps: KafkaClientDeps,
  selection: RecordSelection,
  options: ReadOptions & { readonly ranges?: OffsetRanges },
): AsyncGenerator<readonly PlacedRecord[]> {
  const { follow, signal, observer } = options;
  const names = listTopicNames(selection);
  const client = openKafkaClient(deps, names);
  const { connection, logger } = deps;
  const explain = (error: unknown) =>
    explainFailure(error, { connection, logger, topics: names, role: selection.role });
  const outage = new ToldOutage({ notice: (text) => observer.notice(text), signal });
  try {
    const reading = await TopicsReading.open(client, names, { ...selection, ...options }).catch(
      async (error: unknown) => {
        throw await explain(error);
      },
    );
    while (!signal.aborted && !reading.isDone()) {
      let records: readonly PlacedRecord[] = [];
      try {
        records = await reading.next();
        outage.passed();
      } catch (error) {
        if (!follow || !isClusterFailure(error)) {
          throw await explain(error);
        }
        await outage.wait(toError(await explain(error)).message);
      }
      if (records.length > 0) {
        yield records;
      }
    }
  } finally {
    client.close();
  }
}

const waitMs = 500;
const refreshIntervalMs = 5_000;
/** Decompressed, of all partitions of a round. What is beyond comes again: the next round begins with another partition. */
const roundBytes = 8 * 1024 * 1024;

/** Goes over all partitions that are read, one round after the other. */
class TopicsReading {
  readonly #client: KafkaClient;
  readonly #topics: ReadonlyMap<string, TopicPositions>;
  readonly #options: Options;
  readonly #keys: ReadonlySet<string> | undefined;
  readonly #patience = createKafkaPatience();
  #refreshAt = systemClock.now() + refreshIntervalMs;
  #round = 0;

  private constructor(client: KafkaClient, topics: ReadonlyMap<string, TopicPositions>, options: Options) {
    const { keys, role } = options;
    this.#client = client;
    this.#topics = topics;
    this.#options = options;
    this.#keys = role === 'dead-letter' ? undefined : keys;
  }

  static async open(client: KafkaClient, names: readonly string[], options: Options): Promise<TopicsReading> {
    const topics = new Map<string, TopicPositions>();
    for (const name of names) {
      if (options.mayBeMissing === true && (await client.routes.partitionCountOf(name)) === 0) {
        continue;
      }
      topics.set(name, await TopicPositions.open(client, name, options));
    }
    return new TopicsReading(client, topics, options);
  }

  /** Never, when it follows: a topic may get partitions. */
  isDone(): boolean {
    return !this.#options.follow && this.#listOpen().length === 0;
  }

  async next(): Promise<readonly PlacedRecord[]> {
    const { follow } = this.#options;
    if (follow && systemClock.now() >= this.#refreshAt) {
      this.#refreshAt = systemClock.now() + refreshIntervalMs;
      for (const topic of this.#topics.values()) {
        await topic.refresh();
      }
    }
    this.#round += 1;
    const fetched = await fetchPartitions(this.#client, this.#listOpen(), waitMs);
    const records: PlacedRecord[][] = [];
    let isNew = false;
    let heldBytes = 0;
    for (const each of fetched) {
      const { position } = each;
      if (heldBytes >= roundBytes) {
        break;
      }
      const topic = this.#topics.get(position.topic);
      if (each.fetched.errorCode !== 0) {
        await topic?.recover(position, each.fetched.errorCode);
      } else if (topic?.has(position) === true) {
        const read = this.#read(each);
        records.push(read.records);
        heldBytes += read.heldBytes;
        isNew ||= read.isNew;
      }
    }
    if (isNew) {
      this.#patience.progressed();
    } else if (!follow) {
      await this.#patience.wait(() => describeUnread(this.#listOpen()), this.#options.signal);
    }
    return records.flat();
  }

  /** Each round begins with another one: an answer may have no room for the last ones. */
  #listOpen(): ReadingPosition[] {
    const open = [...this.#topics.values()].flatMap((topic) => topic.open);
    const first = this.#round % Math.max(1, open.length);
    return [...open.slice(first), ...open.slice(0, first)];
  }

  #read({ position, fetched }: FetchedPosition<ReadingPosition>) {
    const { topic, partition, offset, end } = position;
    const sets = new RecordSetReader(fetched.recordSet, offset, fetched.abortedTransactions);
    const read = sets.read(roundBytes);
    const isNew = position.readTo(read.nextOffset);
    this.#options.observer.passed(Math.min(read.nextOffset, end) - offset);
    const records = read.records
      .filter((record) => record.offset < end && this.#isSelected(record))
      .map((record) => toPlacedRecord(record, topic, `${topic}/${partition}/${record.offset}`));
    return { records, isNew, heldBytes: read.heldBytes };
  }

  #isSelected({ key, timestampMs }: ReadRecord): boolean {
    const isOfKey = this.#keys === undefined || this.#keys.has(key?.toString() ?? '');
    return isOfKey && isInTime(timestampMs, this.#options);
  }
}

type ReadRecord = FetchedRecords['records'][number];

/** A batch that cannot be taken apart is one record, which has nothing but its bytes. */
function toPlacedRecord(record: ReadRecord, topic: string, place: string): PlacedRecord {
  const { key, value, body, unreadable, timestampMs } = record;
  return {
    topic,
    place,
    key: key?.toString() ?? null,
    value: value ?? Buffer.alloc(0),
    headers: unreadable === undefined ? readHeaders(body) : { reason: 'unreadable_batch' },
    storedAtMs: timestampMs,
  };
}
