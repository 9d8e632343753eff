import type { ReadinessCheck } from '../runtime/readiness-check.ts';
import type { HeaderRules } from '../webhook/record-headers.ts';
import type { LogReset } from './decide-start.ts';
import type { FilterOutcome } from './filter-records.ts';

export interface FilterRules {
  readonly topics: { readonly events: string; readonly latest: string; readonly deadLetter: string };
  readonly groupId: string;
  /** Time for which the filter remembers an entity. */
  readonly windowMs: number;
  readonly headerRules: HeaderRules;
}

/** A revision filter that runs until it is stopped. */
export interface Filter {
  readonly checks: readonly ReadinessCheck[];
  /** The partitions of this process and their states, such as "restoring". */
  partitions(): readonly { readonly partition: number; readonly state: string }[];
  /** Resolves with an error if the filter cannot continue. */
  start(): Promise<Error>;
  stop(): Promise<void>;
}

export interface PartitionObserver {
  /** Reports that a batch was filtered and that its output was committed. */
  committed(facts: {
    readonly partition: number;
    readonly seconds: number;
    /** The decision on each record of the batch. */
    readonly outcomes: readonly FilterOutcome[];
    /** Returns a header of the record with this index in `outcomes`. */
    readonly header: (index: number, name: string) => string | undefined;
  }): void;
  /** Reports that reading or storing failed. `fenced` means that another process has acquired the partition. */
  failed(facts: { readonly partition: number; readonly reason: 'fenced' | 'error' }): void;
  /** Reports the number of records that are not filtered yet, or `undefined` if the number is unknown. */
  lag(partition: number, records: number | undefined): void;
  /** Reports that a log does not continue the records that were previously read or written. */
  reset(facts: { readonly partition: number; readonly reset: LogReset }): void;
  /** Reports that all events before this offset are filtered. `entities` is the number of entities in memory. */
  position(facts: { readonly partition: number; readonly position: number; readonly entities: number }): void;
  /** Reports that this process no longer processes the partition. */
  ended(partition: number): void;
}
