import type { ReadinessCheck } from '../runtime/readiness-check.ts';
import type { HeaderRules } from '../webhook/record-headers.ts';
import type { LogReset } from './decide-start.ts';
import type { FilterOutcome } from './filter-records.ts';

/** What an operator says of a filter. */
export interface FilterRules {
  readonly topics: { readonly events: string; readonly latest: string; readonly deadLetter: string };
  readonly groupId: string;
  /** How long an entity is remembered. */
  readonly windowMs: number;
  readonly headerRules: HeaderRules;
}

/** A revision filter that runs until it is stopped. */
export interface Filter {
  readonly checks: readonly ReadinessCheck[];
  /** Those that this process has, and how far each is, such as "restoring". */
  partitions(): readonly { readonly partition: number; readonly state: string }[];
  /** Resolves with the reason why the filter must not go on. */
  start(): Promise<Error>;
  stop(): Promise<void>;
}

/** What a filter reports, for metrics and traces. */
export interface PartitionObserver {
  /** Events were decided on, and what follows from it is stored. */
  committed(facts: {
    readonly partition: number;
    readonly seconds: number;
    /** The decision on each record of the batch. */
    readonly outcomes: readonly FilterOutcome[];
    /** A header of the record at that place in `outcomes`. */
    readonly header: (index: number, name: string) => string | undefined;
  }): void;
  /** Reading or storing failed; `fenced` when another process has the partition. */
  failed(facts: { readonly partition: number; readonly reason: 'fenced' | 'error' }): void;
  /** Records that wait; `undefined` when that is not known. */
  lag(partition: number, records: number | undefined): void;
  /** A log is not the continuation of what was read or written. */
  reset(facts: { readonly partition: number; readonly reset: LogReset }): void;
  /** All events before this offset are filtered. `entities` are in memory. */
  position(facts: { readonly partition: number; readonly position: number; readonly entities: number }): void;
  /** The partition is no longer processed here. */
  ended(partition: number): void;
}
