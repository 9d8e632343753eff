import type { ReadOptions, RecordSelection } from '../../../ports/record-reader.ts';
import {
  isLessThan,
  type RangeBounds,
  RangeReader,
  UnreadRangeError,
} from '../../../runtime/range-reader.ts';
import { describePartitionChange, partitionFor, wereKeysRepartitioned } from '../../append/partition-for.ts';
import type { KafkaClient } from '../cluster/client/kafka-client.ts';
import { offsetTimes } from '../cluster/client/list-offsets.ts';
import { describeOpenTransaction } from '../cluster/client/open-transaction.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { type PartitionEnds, readTopicEnds } from './read-topic.ts';

/** Position of a reader in a partition. The end position is infinite if the reader follows new records. */
export class PartitionReadPosition extends RangeReader<number> implements TopicPartition {
  readonly topic: string;
  readonly partition: number;

  constructor({ topic, partition }: TopicPartition, bounds: RangeBounds<number>) {
    super(bounds, isLessThan);
    this.topic = topic;
    this.partition = partition;
  }

  get offset(): number {
    return this.at;
  }
}

/** Offset ranges by `topic/partition`, in which `to` is exclusive. */
export type OffsetRanges = ReadonlyMap<string, { readonly from: number; readonly to: number }>;

/** Options for a reader. If `ranges` is set, only these ranges are read, and the times in the selection are ignored. */
export type PositionOptions = RecordSelection &
  Pick<ReadOptions, 'follow' | 'observer'> & { readonly ranges?: OffsetRanges | undefined };

/**
 * Assumed maximum difference between the clocks of producers. A record may be stored after records whose timestamps are
 * up to this much later.
 */
export const maxClockSkewMs = 10 * 60_000;
const sampleFetchLimits = { maxWaitMs: 500, maxBytes: 64 * 1024 };

export class TopicPositions {
  readonly #client: KafkaClient;
  readonly #topic: string;
  readonly #options: PositionOptions;
  readonly #positions = new Map<number, PartitionReadPosition>();
  #topicId: string | undefined;
  /** Set while a check for a recreated topic is in progress. */
  isInDoubt = false;

  private constructor(client: KafkaClient, topic: string, options: PositionOptions) {
    this.#client = client;
    this.#topic = topic;
    this.#options = options;
  }

  /**
   * Reads the partitions of a topic, and starts each at its configured position.
   *
   * @throws {KafkaAnswerError} if the topic does not exist or the client may not read it
   */
  static async open(client: KafkaClient, topic: string, options: PositionOptions): Promise<TopicPositions> {
    const positions = new TopicPositions(client, topic, options);
    const partitionEnds = await readTopicEnds(client, topic);
    positions.#topicId = (await client.routes.topicViewOf(topic))?.topicId;
    const chosenPartitions = partitionEnds.filter(({ partition }) =>
      positions.#isRead(partition, partitionEnds.length),
    );
    await positions.#openAll(chosenPartitions);
    const unreadPartitions = partitionEnds.filter((end) => !chosenPartitions.includes(end));
    const partitionCountState =
      options.formerParts === true
        ? await positions.#findSpread(unreadPartitions, partitionEnds.length)
        : 'unchanged';
    if (partitionCountState !== 'unchanged') {
      options.observer.onWarning(
        partitionCountState === 'changed'
          ? describePartitionChange(topic)
          : `Reading all partitions of ${topic}, because a key may have records in any of them: sampling the keys of the other partitions took too long.`,
      );
      await positions.#openAll(unreadPartitions);
    }
    return positions;
  }

  async #openAll(ends: readonly PartitionEnds[]): Promise<void> {
    for (const { hidden } of ends) {
      if (hidden !== undefined) {
        this.#options.observer.onWarning(
          `Some records are not read. ${describeOpenTransaction(hidden)}`,
          true,
        );
      }
    }
    await Promise.all(ends.map((each) => this.#open(each)));
  }

  /**
   * Checks whether the keys were always distributed over the partitions as they are now. Samples the first keys of
   * the time range in partitions that are not selected, because they show the distribution at the start of the range.
   */
  async #findSpread(
    others: readonly PartitionEnds[],
    count: number,
  ): Promise<'unchanged' | 'changed' | 'unknown'> {
    // An error is ignored here, because a persistent error also fails the actual read.
    const keySamples = await Promise.all(others.map((each) => this.#sampleKeys(each).catch(() => undefined)));
    const keys = keySamples.flatMap((ofPart, index) =>
      (ofPart ?? []).map((key) => [others[index]?.partition ?? -1, key] as const),
    );
    if (wereKeysRepartitioned(keys, count)) {
      return 'changed';
    }
    return keySamples.includes(undefined) ? 'unknown' : 'unchanged';
  }

  /**
   * Samples keys from a partition. Returns `undefined` if the broker returned no records, for example because the
   * broker is throttled or slow.
   */
  async #sampleKeys(ends: PartitionEnds): Promise<readonly string[] | undefined> {
    const of = { topic: this.#topic, partition: ends.partition };
    const { from, to } = await this.#findRange(ends);
    for (let fromOffset = from; fromOffset < to; ) {
      const fetchedRecords = await this.#client.reader.fetch(of, { fromOffset, ...sampleFetchLimits });
      const keys = fetchedRecords.records.flatMap(({ key }) => (key === null ? [] : [String(key)]));
      if (keys.length > 0 || fetchedRecords.nextOffset === fromOffset) {
        return keys.length > 0 ? keys : undefined;
      }
      fromOffset = fetchedRecords.nextOffset;
    }
    return [];
  }

  get open(): readonly PartitionReadPosition[] {
    return [...this.#positions.values()].filter(({ isAtEnd }) => !isAtEnd);
  }

  /**
   * Finds a new offset to continue from if the log does not contain the current offset.
   *
   * @throws {UnreadRangeError} if the log has lost records that were not read yet
   */
  async recover(position: PartitionReadPosition): Promise<void> {
    const { topic, partition, offset } = position;
    const { observer, follow } = this.#options;
    if (follow) {
      await this.refresh();
    }
    if (!this.has(position)) {
      return;
    }
    const firstOffset = await this.#client.reader.offsetAt(position, offsetTimes.earliest);
    if (firstOffset > offset) {
      observer.onWarning(
        `${topic}/${partition}: retention removed the records from offset ${offset} to ${firstOffset - 1} before they were read.`,
        true,
      );
      position.readTo(firstOffset);
      return;
    }
    if (!follow) {
      throw new UnreadRangeError(
        `${topic}/${partition} now ends before offset ${offset}, which is the next offset to read: the topic was recreated or truncated`,
      );
    }
    const end = await this.#client.reader.endOf(position);
    if (end < offset && this.has(position)) {
      observer.onWarning(
        `${topic}/${partition} was truncated to offset ${end}, for example after an unclean leader election. The records from offset ${end} to ${offset - 1}, which were already read, are lost, and so are any later records. Continuing at offset ${end}.`,
      );
      this.#follow(partition, end);
    }
  }

  /** Returns whether a position is still in use. Positions of a recreated topic are no longer used. */
  has(position: PartitionReadPosition): boolean {
    return this.#positions.get(position.partition) === position;
  }

  /**
   * Checks whether the topic was recreated or has new partitions. If the topic was deleted, the reader waits until it
   * exists again.
   */
  async refresh(): Promise<void> {
    const { observer } = this.#options;
    this.#client.routes.forget();
    this.isInDoubt = true;
    const topicView = await this.#client.routes.topicViewOf(this.#topic).finally(() => {
      this.isInDoubt = false;
    });
    if (topicView === undefined) {
      return;
    }
    if (topicView.topicId !== this.#topicId) {
      observer.onWarning(`The topic ${this.#topic} was recreated. Reading from the start.`);
      this.#topicId = topicView.topicId;
      this.#positions.clear();
    }
    const { length } = topicView.partitions;
    for (const partition of topicView.partitions.keys()) {
      if (!this.#positions.has(partition) && this.#isRead(partition, length)) {
        this.#follow(partition, 0);
        observer.onStart(`${this.#topic}/${partition}`, undefined);
      }
    }
  }

  #isRead(partition: number, count: number): boolean {
    const { role, keys } = this.#options;
    return (
      role === 'dead-letter' ||
      keys === undefined ||
      [...keys].some((key) => partition === partitionFor(key, count))
    );
  }

  async #open(ends: PartitionEnds): Promise<void> {
    const { partition, high } = ends;
    const { follow, observer, ranges } = this.#options;
    const partitionName = `${this.#topic}/${partition}`;
    if (ranges !== undefined) {
      const { from, to } = ranges.get(partitionName) ?? { from: 0, to: 0 };
      this.#add(partition, from, to);
      return;
    }
    const { from, to } = await this.#findRange(ends);
    if (follow) {
      this.#follow(partition, from);
    } else {
      this.#add(partition, from, to);
    }
    observer.onStart(
      follow ? `${partitionName} from offset ${from}` : `${partitionName} from offset ${from} to ${to}`,
      Math.max(0, (follow ? high : to) - from),
    );
  }

  /** Finds the offsets that match the times of the selection. */
  async #findRange({ partition, low, high }: PartitionEnds): Promise<{ from: number; to: number }> {
    const { sinceMs, untilMs } = this.#options;
    const findOffset = async (timeMs: number) => {
      const foundOffset = await this.#client.reader.offsetAt({ topic: this.#topic, partition }, timeMs);
      return foundOffset < 0 ? high : foundOffset;
    };
    const startOffset = sinceMs === undefined ? high : Math.max(low, await findOffset(Math.max(0, sinceMs)));
    const to = untilMs === undefined ? high : Math.min(high, await findOffset(untilMs + maxClockSkewMs));
    return { from: startOffset, to };
  }

  #follow(partition: number, from: number): void {
    this.#add(partition, from, Number.POSITIVE_INFINITY);
  }

  #add(partition: number, from: number, end: number): void {
    const position = new PartitionReadPosition({ topic: this.#topic, partition }, { from, end });
    this.#positions.set(partition, position);
  }
}
