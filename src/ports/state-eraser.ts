import type { ReadObserver, RecordSelection } from './record-reader.ts';

/** The selection of the latest states to erase. */
export interface EraseRequest {
  readonly keys: ReadonlySet<string>;
  readonly topics: RecordSelection['topics'];
  /** Whether to list the states without erasing them. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /**
   * Receives progress and warnings. The warnings say which records with these keys the store still contains, and for
   * how long.
   */
  readonly observer: ReadObserver;
}

/** A latest state that was erased, or would be erased without `dryRun`. It contains no event data. */
export interface FoundState {
  readonly topic: string;
  readonly place: string;
  readonly key: string;
  readonly name: string | undefined;
  /** The highest revision of the entity, as digits. */
  readonly revision: string | undefined;
  /** Epoch milliseconds. */
  readonly storedAtMs: number;
}
