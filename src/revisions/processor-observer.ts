import type { FilteredRecords } from './filter-records.ts';

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
  /** Records of the partition that wait, and entities in memory. */
  position(facts: { readonly partition: number; readonly lag: number; readonly entities: number }): void;
  /** The partition is no longer processed here. */
  ended(partition: number): void;
}
