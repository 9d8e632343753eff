import type { Registry } from 'prom-client';
import type { TopicNames } from '../config/topic-names.ts';
import type { Filter, FilterRules, PartitionObserver } from '../filter/filter.ts';
import type { CheckResult } from '../ports/check-result.ts';
import type { DeadLetterStore } from '../ports/dead-letter.ts';
import type { ReadBackSampler } from '../ports/read-back.ts';
import type { ReadOptions, RecordSelection, StoredRecord } from '../ports/record-reader.ts';
import type { RejectionForecast, Sink } from '../ports/sink.ts';
import type { EraseRequest, FoundState } from '../ports/state-eraser.ts';
import type { NewTopicOptions, TopicReport } from '../ports/topics.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** Abilities that only some stores have. */
export type StoreCapability =
  /** If one part of the store is unavailable, the other parts are not affected. */
  | 'parts'
  /** Several processes can write to the store at the same time. */
  | 'writers'
  /** Records that the store does not confirm can be written to a spool. */
  | 'spool'
  /** Stored events can be read with `tail`, `find` and `reconcile`. */
  | 'events'
  | 'readBack'
  | 'filter'
  | 'forget'
  | 'topics';

/** One kind of store, with all operations that this program can perform on it. */
export interface Store {
  /**
   * Abilities that the store lacks, each with an error message that explains why and what to do instead. Must match
   * the table of stores in the README.
   */
  readonly cannot: Readonly<Partial<Record<StoreCapability, string>>>;
  createSink(deps: SinkDeps): Promise<Sink>;
  /** Settings for commands, which do not wait forever for the store. */
  readonly sinkStart: {
    readonly timeoutMs: number;
    /** Advice if the sink has not started in time, as text for the end of a sentence. May be empty. */
    readonly advice: string;
  };
  /** Finds out which of these dead letters were replayed, based on their positions. Changes nothing. */
  findReplayed(
    places: readonly string[],
    deps: Omit<DeadLettersDeps, 'dryRun'>,
  ): Promise<ReadonlySet<string>>;
  /** Reads the topic limits to predict rejections. Absent if clients cannot read the limits of the store. */
  openForecast?(topics: readonly string[], logger: Logger): Promise<RejectionForecast>;
  openDeadLetters(deps: DeadLettersDeps): Promise<readonly DeadLetterStore[]>;
  /** Reads stored records. Errors are thrown during the iteration. */
  readRecords(
    selection: RecordSelection,
    options: ReadOptions & { readonly logger: Logger },
  ): AsyncIterable<readonly StoredRecord[]>;
  /** Erases latest states, and yields each state after erasing it. */
  eraseStates(request: EraseRequest, logger: Logger): AsyncIterable<FoundState>;
  /** Returns the label and value of each setting for the command `check`. Never contains secrets. */
  describe(topics: readonly TopicNames[]): readonly (readonly [string, string])[];
  check(deps: StoreCheckDeps): Promise<readonly CheckResult[]>;
  /** Creates the topics that are missing. */
  ensureTopics(options: EnsureTopicsOptions): Promise<readonly TopicReport[]>;
  openFilter(): Promise<StoreFilter>;
}

/** The revision filter of a store. With `create`, the filter runs until it is stopped. With `runOnce`, it runs once and ends. */
export type StoreFilter =
  | { readonly create: (deps: FilterDeps) => Filter }
  | { readonly runOnce: FilterPassRunner };

/** Filters the currently stored records, topic by topic. @returns fields to log for each topic */
export type FilterPassRunner = (
  options: FilterOnceOptions,
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export interface SinkDeps {
  /** All topics to which records may be sent, from every registration and its topic rules. */
  readonly topics: readonly Omit<TopicNames, 'latest'>[];
  readonly maxBodyBytes: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry: Registry;
  /** Receives samples of stored records for the read-back check, if the store supports it. */
  readonly sampler?: ReadBackSampler | undefined;
  /** Name of a second directory beside the directory of the receiver, for a store that allows only one writer. */
  readonly extraDirectory?: string | undefined;
}

export interface DeadLettersDeps extends Pick<ReadOptions, 'signal' | 'observer'> {
  /** Topics of the configuration. */
  readonly topics: RecordSelection['topics'];
  /** Consumer group that records which dead letters were replayed. */
  readonly group: string;
  /** If true, the run does not record which dead letters were replayed. */
  readonly dryRun: boolean;
  readonly logger: Logger;
}

export interface StoreCheckDeps {
  /** All topics to which records may be sent, each with the output topic of its revision filter. */
  readonly topics: readonly TopicNames[];
  readonly maxBodyBytes: number;
  /** Time in milliseconds for which a revision filter keeps the state of an entity. */
  readonly windowMs: number;
  readonly nowMs: number;
  readonly logger: Logger;
}

export interface EnsureTopicsOptions extends NewTopicOptions {
  readonly names: readonly TopicNames[];
  readonly maxBodyBytes: number;
  /** Time in milliseconds for which a revision filter keeps the state of an entity. */
  readonly windowMs: number;
  /** Whether to report what would be created without creating it. */
  readonly dryRun: boolean;
  readonly logger: Logger;
}

export interface FilterDeps {
  readonly rules: FilterRules;
  readonly observer: PartitionObserver;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface FilterOnceOptions {
  readonly topics: readonly TopicNames[];
  /**
   * Time in epoch milliseconds. Filtered records that were stored before this time are removed. If `undefined`, no
   * records are removed.
   */
  readonly removeBefore?: number | undefined;
  readonly windowMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}
