import type { ReadOptions, RecordSelection } from '../../../ports/record-reader.ts';
import { isLess, type RangeBounds, RangeReading, UnreadRangeError } from '../../../runtime/range-reading.ts';
import { areMisplaced, describeGrowth, partitionFor } from '../../append/partition-for.ts';
import type { KafkaClient } from '../cluster/client/kafka-client.ts';
import { offsetTimes } from '../cluster/client/list-offsets.ts';
import { describeHidden } from '../cluster/client/open-transaction.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { type PartitionEnds, readTopicEnds } from './read-topic.ts';

/** Where the reading of a partition is. Its end is infinite when the reading follows. */
export class ReadingPosition extends RangeReading<number> implements TopicPartition {
  readonly topic: string;
  readonly partition: number;

  constructor({ topic, partition }: TopicPartition, bounds: RangeBounds<number>) {
    super(bounds, isLess);
    this.topic = topic;
    this.partition = partition;
  }

  get offset(): number {
    return this.at;
  }
}

/** Offsets from one on to before another, by `topic/partition`. */
export type OffsetRanges = ReadonlyMap<string, { readonly from: number; readonly to: number }>;

/** With `ranges` these alone are read, instead of what the times select. */
export type PositionOptions = RecordSelection &
  Pick<ReadOptions, 'follow' | 'observer'> & { readonly ranges?: OffsetRanges | undefined };

/** Clocks of producers differ: a record of this time may stand behind one of so much later. */
export const clockSpreadMs = 10 * 60_000;
/** Of a partition, to see how keys were spread. */
const sampled = { maxWaitMs: 500, maxBytes: 64 * 1024 };

/** Where the reading of a topic is, in each of its partitions that is read. */
export class TopicPositions {
  readonly #client: KafkaClient;
  readonly #topic: string;
  readonly #options: PositionOptions;
  readonly #positions = new Map<number, ReadingPosition>();
  #topicId: string | undefined;
  /** It is looked whether the topic was made again. */
  isInDoubt = false;

  private constructor(client: KafkaClient, topic: string, options: PositionOptions) {
    this.#client = client;
    this.#topic = topic;
    this.#options = options;
  }

  /** @throws {KafkaAnswerError} when there is no such topic, or it may not be read */
  static async open(client: KafkaClient, topic: string, options: PositionOptions): Promise<TopicPositions> {
    const positions = new TopicPositions(client, topic, options);
    const ends = await readTopicEnds(client, topic);
    positions.#topicId = (await client.routes.topicViewOf(topic))?.topicId;
    const chosen = ends.filter(({ partition }) => positions.#isRead(partition, ends.length));
    await positions.#openAll(chosen);
    const others = ends.filter((end) => !chosen.includes(end));
    const spread = options.formerParts === true ? await positions.#findSpread(others, ends.length) : 'as now';
    if (spread !== 'as now') {
      options.observer.onWarning(
        spread === 'otherwise'
          ? describeGrowth(topic)
          : `${topic}: how the keys lie in its other partitions could not be seen in time: a key may have records in any of them, so all are read.`,
      );
      await positions.#openAll(others);
    }
    return positions;
  }

  async #openAll(ends: readonly PartitionEnds[]): Promise<void> {
    for (const { hidden } of ends) {
      if (hidden !== undefined) {
        this.#options.observer.onWarning(`Not all is read. ${describeHidden(hidden)}`, true);
      }
    }
    await Promise.all(ends.map((each) => this.#open(each)));
  }

  /** By the first keys of the time in partitions that are not read: there they lie as they were spread at its beginning. */
  async #findSpread(
    others: readonly PartitionEnds[],
    count: number,
  ): Promise<'as now' | 'otherwise' | 'not known'> {
    // What ends this sample ends the reading of all, or is outlasted there.
    const samples = await Promise.all(others.map((each) => this.#sampleKeys(each).catch(() => undefined)));
    const keys = samples.flatMap((ofPart, index) =>
      (ofPart ?? []).map((key) => [others[index]?.partition ?? -1, key] as const),
    );
    if (areMisplaced(keys, count)) {
      return 'otherwise';
    }
    return samples.includes(undefined) ? 'not known' : 'as now';
  }

  /** `undefined` when nothing comes before its end, as from brokers that are throttled or slow. */
  async #sampleKeys(ends: PartitionEnds): Promise<readonly string[] | undefined> {
    const of = { topic: this.#topic, partition: ends.partition };
    const { from, to } = await this.#findRange(ends);
    for (let fromOffset = from; fromOffset < to; ) {
      const read = await this.#client.reader.fetch(of, { fromOffset, ...sampled });
      const keys = read.records.flatMap(({ key }) => (key === null ? [] : [String(key)]));
      if (keys.length > 0 || read.nextOffset === fromOffset) {
        return keys.length > 0 ? keys : undefined;
      }
      fromOffset = read.nextOffset;
    }
    return [];
  }

  /** Those that are not at their end. */
  get open(): readonly ReadingPosition[] {
    return [...this.#positions.values()].filter(({ isAtEnd }) => !isAtEnd);
  }

  /**
   * The log does not have that offset.
   *
   * @throws {UnreadRangeError} when it lacks what was to be read
   */
  async recover(position: ReadingPosition): Promise<void> {
    const { topic, partition, offset } = position;
    const { observer, follow } = this.#options;
    if (follow) {
      await this.refresh();
    }
    if (!this.has(position)) {
      return;
    }
    const first = await this.#client.reader.offsetAt(position, offsetTimes.earliest);
    if (first > offset) {
      observer.onWarning(
        `${topic}/${partition}: the topic's retention has removed the records ${offset} to ${first - 1} before they were read.`,
        true,
      );
      position.readTo(first);
      return;
    }
    if (!follow) {
      throw new UnreadRangeError(
        `${topic}/${partition} ends before offset ${offset}, where it was to be read on: it was made again or cut back meanwhile`,
      );
    }
    const end = await this.#client.reader.endOf(position);
    if (end < offset && this.has(position)) {
      observer.onWarning(
        `${topic}/${partition} was cut back to offset ${end}, as after an unclean election: the records ${end} to ${offset - 1} that were read are lost, and what followed them. Reading goes on at offset ${end}.`,
      );
      this.#follow(partition, end);
    }
  }

  /** One of a topic that was made again is not read any more. */
  has(position: ReadingPosition): boolean {
    return this.#positions.get(position.partition) === position;
  }

  /** Notices that the topic was made again, or has more partitions. One that is gone is waited for. */
  async refresh(): Promise<void> {
    const { observer } = this.#options;
    this.#client.routes.forget();
    this.isInDoubt = true;
    const view = await this.#client.routes.topicViewOf(this.#topic).finally(() => {
      this.isInDoubt = false;
    });
    if (view === undefined) {
      return;
    }
    if (view.topicId !== this.#topicId) {
      observer.onWarning(`The topic ${this.#topic} was made again, and is read from its beginning.`);
      this.#topicId = view.topicId;
      this.#positions.clear();
    }
    const { length } = view.partitions;
    for (const partition of view.partitions.keys()) {
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
    const part = `${this.#topic}/${partition}`;
    if (ranges !== undefined) {
      const { from, to } = ranges.get(part) ?? { from: 0, to: 0 };
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
      `${part} from offset ${from}${follow ? '' : ` to ${to}`}`,
      Math.max(0, (follow ? high : to) - from),
    );
  }

  /** What the times select. */
  async #findRange({ partition, low, high }: PartitionEnds): Promise<{ from: number; to: number }> {
    const { sinceMs, untilMs } = this.#options;
    const find = async (timeMs: number) => {
      const found = await this.#client.reader.offsetAt({ topic: this.#topic, partition }, timeMs);
      return found < 0 ? high : found;
    };
    const from = sinceMs === undefined ? high : Math.max(low, await find(Math.max(0, sinceMs)));
    const to = untilMs === undefined ? high : Math.min(high, await find(untilMs + clockSpreadMs));
    return { from, to };
  }

  #follow(partition: number, from: number): void {
    this.#add(partition, from, Number.POSITIVE_INFINITY);
  }

  #add(partition: number, from: number, end: number): void {
    const position = new ReadingPosition({ topic: this.#topic, partition }, { from, end });
    this.#positions.set(partition, position);
  }
}
