import { LogChangedError } from '../../../../filter/filter-store.ts';
import type { FetchOptions } from '../../cluster/client/fetch.ts';
import type { FetchedRecords, PartitionReader } from '../../cluster/client/partition-reader.ts';
import { KafkaAnswerError } from '../../cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../../cluster/errors/kafka-errors.ts';
import type { KafkaRoutes } from '../../cluster/kafka-routes.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';

interface LogContinuityGuardDeps {
  readonly routes: Pick<KafkaRoutes, 'viewOf'>;
  readonly reader: Pick<PartitionReader, 'epochEnd' | 'fetch'>;
  readonly log: TopicPartition;
  readonly start: { readonly offset: number; readonly epoch: number; readonly topicId?: string | undefined };
  /** Called before each attempt to read. An error thrown by this function ends the read. */
  readonly checkOthers: () => Promise<void>;
}

/** Number of offsets to remember. A few are sufficient, because reads are only one step ahead of commits. */
const maxRememberedEpochs = 8;

/**
 * Reads a log, and detects whether the log was truncated or recreated between reads, as KIP-320 describes for
 * consumers.
 */
export class LogContinuityGuard {
  readonly #deps: LogContinuityGuardDeps;
  /** Leader epoch of the record before each recently used offset. */
  readonly #epochs: Map<number, number>;
  #checkedEpoch: number | undefined;

  constructor(deps: LogContinuityGuardDeps) {
    this.#deps = deps;
    this.#epochs = new Map([[deps.start.offset, deps.start.epoch]]);
  }

  /**
   * Reads records.
   *
   * @throws {LogChangedError} if the topic was recreated, or the log was truncated before the offset
   */
  async read(options: Omit<FetchOptions, 'leaderEpoch'>): Promise<FetchedRecords> {
    const { reader, log, checkOthers } = this.#deps;
    const { fromOffset } = options;
    try {
      const leaderEpoch = async () => {
        await checkOthers();
        return this.#check(fromOffset);
      };
      const fetchedRecords = await reader.fetch(log, { ...options, leaderEpoch });
      if (fetchedRecords.nextOffset > fromOffset) {
        this.#rememberEpoch(fetchedRecords.nextOffset, fetchedRecords.lastEpoch);
      }
      return fetchedRecords;
    } catch (error) {
      if (error instanceof KafkaAnswerError && error.errorCode === errorCodes.OFFSET_OUT_OF_RANGE) {
        throw new LogChangedError(`${log.topic}-${log.partition} has no offset ${fromOffset}`);
      }
      throw error;
    }
  }

  /** Returns the epoch of the leader that wrote the record before the offset, or −1 if the epoch is unknown. */
  epochBefore(offset: number): number {
    return this.#epochs.get(offset) ?? -1;
  }

  /**
   * Checks that the log still contains the offset.
   *
   * @returns the current leader epoch, or −1 if it is unknown; a broker with a different epoch rejects a request with
   * this epoch
   */
  async #check(offset: number): Promise<number> {
    const { routes, reader, log, start } = this.#deps;
    const { topicId, leaderEpoch = -1 } = await routes.viewOf(log);
    if (start.topicId !== undefined && topicId !== undefined && topicId !== start.topicId) {
      throw new LogChangedError(`${log.topic} was recreated`);
    }
    if (leaderEpoch !== this.#checkedEpoch) {
      const epochEndOffset = await reader.epochEnd(log, this.epochBefore(offset));
      if (epochEndOffset !== undefined && epochEndOffset < offset) {
        throw new LogChangedError(`${log.topic}-${log.partition} was truncated before offset ${offset}`);
      }
      this.#checkedEpoch = leaderEpoch;
    }
    return leaderEpoch;
  }

  #rememberEpoch(nextOffset: number, epoch: number): void {
    this.#epochs.set(nextOffset, epoch);
    const [oldest] = this.#epochs.keys();
    if (this.#epochs.size > maxRememberedEpochs && oldest !== undefined) {
      this.#epochs.delete(oldest);
    }
  }
}
