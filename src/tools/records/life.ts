import type { PlacedRecord } from '../../ports/record-reader.ts';
import type { SinkRecord } from '../../ports/sink.ts';
import type { LifeEvent } from './record-life.ts';

/** What could be looked at, or why not, as a sentence. */
export type Looked<T> = readonly T[] | { readonly notKnown: string };

/** All that is known of a message, a profile, a conversation, or of one event. */
export interface Life {
  readonly id: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly events: Looked<LifeEvent>;
  readonly latest: Looked<PlacedRecord>;
  readonly deadLetters: Looked<PlacedRecord>;
  readonly spooled: Looked<SinkRecord>;
  /** The parts of the store that were read. */
  readonly lookedAt: readonly string[];
}

/** Nothing is known of it anywhere. */
export function isEmpty({ events, latest, deadLetters, spooled }: Life): boolean {
  return [events, latest, deadLetters, spooled].every((each) => count(each) === 0);
}

/** What has no key, or is not there, may still be where nobody could look. */
export function isKnown({ events, deadLetters }: Life): boolean {
  return !('notKnown' in events) && !('notKnown' in deadLetters);
}

function count(looked: Looked<unknown>): number {
  return 'notKnown' in looked ? 0 : looked.length;
}
