import type { PlacedRecord } from '../../ports/record-reader.ts';
import type { SinkRecord } from '../../ports/sink.ts';
import type { LifeEvent } from './record-life.ts';

/** What could be looked at, or why not, as a sentence. */
export type Looked<T> = readonly T[] | { readonly notKnown: string };

/** All that is known of a message, a profile, a conversation, or of one event. */
export interface Life {
  /** The key of its records; of what nothing is known, that which was asked for. */
  readonly id: string;
  /** What was asked for, when it is not the key: the id of an event, or the key written otherwise. */
  readonly asked?: string | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly events: Looked<LifeEvent>;
  readonly latest: Looked<PlacedRecord>;
  readonly deadLetters: Looked<PlacedRecord>;
  readonly spooled: Looked<SinkRecord>;
  /** States that `reconcile` asked the provider for, because their events were missing. */
  readonly reconciled: Looked<PlacedRecord>;
  /** The parts of the store that were read. */
  readonly lookedAt: readonly string[];
}

/** Nothing is known of it anywhere. */
export function isEmpty({ events, latest, deadLetters, spooled, reconciled }: Life): boolean {
  const lists: readonly Looked<unknown>[] = [events, latest, deadLetters, spooled, reconciled];
  return lists.every((each) => listOf(each).length === 0);
}

/** What has no key, or is not there, may still be where nobody could look. */
export function isKnown({ events, deadLetters }: Life): boolean {
  return !('notKnown' in events) && !('notKnown' in deadLetters);
}

/** What was found; nothing, where nobody could look. */
export function listOf<T>(looked: Looked<T>): readonly T[] {
  return 'notKnown' in looked ? [] : looked;
}
