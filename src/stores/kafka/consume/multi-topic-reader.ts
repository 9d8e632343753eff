import type { ReadOptions } from '../../../ports/record-reader.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { toError } from '../../../runtime/errors.ts';
import { OutageReporter } from '../../../runtime/outage-reporter.ts';
import type { FetchedRecords, PartitionReader } from '../cluster/client/partition-reader.ts';
import { createKafkaEmptyReadTimeout, describeUnreadPartitions } from '../cluster/client/read-range.ts';
import { KafkaAnswerError } from '../cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../cluster/errors/kafka-errors.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { isClusterFailure } from './read-topic.ts';
import type { PartitionReadPosition, TopicPositions } from './topic-positions.ts';

interface MultiTopicReaderDeps extends ReadOptions {
  readonly reader: Pick<PartitionReader, 'fetch'>;
  /** Positions of each topic, by topic name. */
  readonly topics: ReadonlyMap<string, TopicPositions>;
  readonly explain: (error: unknown) => Promise<unknown>;
}

export interface PartitionRecords {
  readonly of: TopicPartition;
  readonly records: FetchedRecords['records'];
}

interface PartitionAnswer {
  readonly position: PartitionReadPosition;
  readonly read?: FetchedRecords | undefined;
  readonly error?: unknown;
}

const maxFetchWaitMs = 500;
const refreshIntervalMs = 5_000;
/**
 * Memory limit in bytes for the prefetched records of all partitions together. A followed partition may always use at
 * least `fetchBytesPerPartition.min`, and the last batch may exceed the limit. The next fetch from a partition starts only after
 * the caller has received the last response.
 */
const totalBytes = 8 * 1024 * 1024;
const fetchBytesPerPartition = { min: 64 * 1024, max: 1024 * 1024 };
/** Maximum number of partitions to read concurrently. When following, all partitions are read concurrently. */
const maxConcurrentFetches = 16;

/**
 * Reads topics. Each partition is fetched independently, so that a leader that does not respond cannot delay other
 * partitions.
 */
export class MultiTopicReader {
  readonly #deps: MultiTopicReaderDeps;
  readonly #patience = createKafkaEmptyReadTimeout();
  readonly #outage: OutageReporter;
  readonly #pending = new Set<PartitionReadPosition>();
  readonly #failing = new Set<PartitionReadPosition>();
  readonly #answers: PartitionAnswer[] = [];
  #why: Promise<unknown> | undefined;
  /**
   * Last fetch error since records last arrived, or `undefined` if the broker has only sent empty responses since then.
   */
  #lastError: KafkaAnswerError | undefined;
  #wake: () => void = () => {};
  #refreshAt = systemClock.now() + refreshIntervalMs;

  constructor(deps: MultiTopicReaderDeps) {
    const { observer, signal } = deps;
    this.#deps = deps;
    this.#outage = new OutageReporter({ onWarning: (text) => observer.onWarning(text), signal });
  }

  /**
   * Returns whether everything has been read. When following, always returns false, because a topic may gain
   * partitions.
   */
  isDone(): boolean {
    return !this.#deps.follow && this.#listOpen().length === 0;
  }

  /** Returns records of one partition, or `undefined` if no records have arrived. */
  async next(): Promise<PartitionRecords | undefined> {
    const { follow, signal, topics } = this.#deps;
    if (follow && systemClock.now() >= this.#refreshAt) {
      this.#refreshAt = systemClock.now() + refreshIntervalMs;
      await this.#refresh();
    }
    this.#fetchAll();
    await this.#whenAnswered();
    const hasAnswers = this.#answers.length > 0;
    for (let answer = this.#answers.shift(); answer !== undefined; answer = this.#answers.shift()) {
      const { position, read, error } = answer;
      this.#pending.delete(position);
      if (error !== undefined) {
        throw error;
      }
      const topic = topics.get(position.topic);
      if (topic?.has(position) !== true) {
        this.#failing.delete(position);
      } else if (read !== undefined && read.nextOffset > position.offset && !topic.isInDoubt) {
        return this.#take(position, read);
      }
    }
    if (!follow && hasAnswers) {
      await this.#patience
        .wait(() => describeUnreadPartitions(this.#listOpen()), signal)
        .catch((unread: unknown) => {
          throw this.#lastError ?? unread;
        });
    }
    return undefined;
  }

  #take(position: PartitionReadPosition, { records, nextOffset }: FetchedRecords): PartitionRecords {
    const { offset, end } = position;
    this.#patience.progressed();
    this.#lastError = undefined;
    position.readTo(nextOffset);
    this.#deps.observer.onProgress(Math.min(nextOffset, end) - offset);
    return { of: position, records: records.filter((record) => record.offset < end) };
  }

  #listOpen(): PartitionReadPosition[] {
    return [...this.#deps.topics.values()].flatMap((topic) => topic.open);
  }

  async #refresh(): Promise<void> {
    try {
      await Promise.all([...this.#deps.topics.values()].map((topic) => topic.refresh()));
    } catch (error) {
      // This failure is ignored, because the next fetch will report it.
      if (!isClusterFailure(error)) {
        throw error;
      }
    }
  }

  #fetchAll(): void {
    const openPositions = this.#listOpen();
    const wantedPositions = this.#deps.follow ? openPositions : openPositions.slice(0, maxConcurrentFetches);
    const { min, max } = fetchBytesPerPartition;
    const maxBytes = Math.min(max, Math.max(min, Math.floor(totalBytes / wantedPositions.length)));
    for (const position of wantedPositions) {
      if (!this.#pending.has(position)) {
        this.#pending.add(position);
        void this.#ask(position, maxBytes)
          .then(
            (read) => this.#answers.push({ position, read }),
            (error: unknown) => this.#answers.push({ position, error }),
          )
          .then(() => this.#wake());
      }
    }
  }

  async #whenAnswered(): Promise<void> {
    if (this.#answers.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, maxFetchWaitMs);
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
    }
  }

  async #ask(position: PartitionReadPosition, maxBytes: number): Promise<FetchedRecords | undefined> {
    try {
      const fetchedRecords = await this.#fetch(position, maxBytes);
      this.#failing.delete(position);
      if (this.#failing.size === 0) {
        this.#why = undefined;
        this.#outage.passed();
      }
      return fetchedRecords;
    } catch (error) {
      await this.#handleFailure(position, error);
      return undefined;
    }
  }

  async #fetch(position: PartitionReadPosition, maxBytes: number): Promise<FetchedRecords | undefined> {
    const { reader, topics } = this.#deps;
    try {
      return await reader.fetch(position, {
        fromOffset: position.offset,
        maxWaitMs: maxFetchWaitMs,
        maxBytes,
      });
    } catch (error) {
      if (!(error instanceof KafkaAnswerError && error.errorCode === errorCodes.OFFSET_OUT_OF_RANGE)) {
        throw error;
      }
      await topics.get(position.topic)?.recover(position);
      return undefined;
    }
  }

  /**
   * Handles a failed fetch. If the reader follows the topic, the fetch is retried forever. Otherwise, it is retried
   * until `#patience` ends. Other partitions are not delayed.
   */
  async #handleFailure(position: PartitionReadPosition, error: unknown): Promise<void> {
    const { follow, explain, signal } = this.#deps;
    if (signal.aborted) {
      return;
    }
    if (!follow && error instanceof KafkaAnswerError && (error.kind === 'wait' || error.kind === 'reroute')) {
      this.#lastError = error.kind === 'reroute' ? error : this.#lastError;
      return;
    }
    if (!follow || !isClusterFailure(error)) {
      throw error;
    }
    this.#failing.add(position);
    this.#why ??= explain(error);
    await this.#outage.wait(toError(await this.#why).message);
  }
}
