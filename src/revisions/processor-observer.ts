import type { FilteredRecords } from './filter-records.ts';
import type { LogReset } from './log-reset.ts';

/** What the processors tell, for metrics. */
export interface ProcessorObserver {
  restored(facts: { readonly partition: number; readonly entities: number; readonly seconds: number }): void;
  committed(facts: {
    readonly partition: number;
    readonly filtered: FilteredRecords;
    /** How many of those to forward became dead letters, because the broker would not take them. */
    readonly refused: number;
    readonly seconds: number;
  }): void;
  /** A transaction or a take-over failed; `fenced` when another process has the partition. */
  failed(facts: { readonly partition: number; readonly reason: 'fenced' | 'error' }): void;
  /** A log is not the continuation of what was read or written. */
  reset(facts: { readonly partition: number; readonly reset: LogReset }): void;
  /** The events before this offset are filtered; entities in memory. */
  position(facts: { readonly partition: number; readonly position: number; readonly entities: number }): void;
  /** Something keeps the partition from going on; it is over with the next `position`. */
  trouble(facts: { readonly partition: number; readonly error: unknown }): void;
  /** The partition is no longer processed here. */
  ended(partition: number): void;
}
