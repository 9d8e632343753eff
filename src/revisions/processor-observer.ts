import type { FilteredRecords } from './filter-records.ts';
import type { LogReset } from './log-reset.ts';

/** What the processors report, for metrics and readiness. */
export interface ProcessorObserver {
  restored(facts: { readonly partition: number; readonly entities: number; readonly seconds: number }): void;
  committed(facts: {
    readonly partition: number;
    readonly filtered: FilteredRecords;
    readonly seconds: number;
  }): void;
  /** Acquiring, reading or a transaction failed; `fenced` when another process has the partition. */
  failed(facts: { readonly partition: number; readonly reason: 'fenced' | 'error' }): void;
  /** A log is not the continuation of what was read or written. */
  reset(facts: { readonly partition: number; readonly reset: LogReset }): void;
  /** All events before this offset are filtered. `entities` are in memory. */
  position(facts: { readonly partition: number; readonly position: number; readonly entities: number }): void;
  /** The partition cannot go on for now. The next `position` ends this. */
  blocked(facts: { readonly partition: number; readonly error: unknown }): void;
  /** The partition is no longer processed here. */
  ended(partition: number): void;
}
