import type { ReadObserver, RecordSelection } from './record-reader.ts';

/** Whose latest states are erased, in the topics of latest states. */
export interface EraseRequest {
  readonly keys: ReadonlySet<string>;
  readonly topics: RecordSelection['topics'];
  /** Erases nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Its notices say what the store still has of these keys, and for how long. */
  readonly observer: ReadObserver;
}

/** A latest state that was erased, or with `dryRun` would be. It has nothing of what the event says. */
export interface FoundState {
  readonly topic: string;
  readonly place: string;
  readonly key: string;
  readonly name: string | undefined;
  /** The highest of the entity, digits. */
  readonly revision: string | undefined;
  /** Epoch milliseconds. */
  readonly storedAtMs: number;
}
