import type { PlacedRecord, RecordSelection } from '../../ports/record-reader.ts';
import type { SinkRecord } from '../../ports/sink.ts';
import { describeError, hasCode, UsageError } from '../../runtime/errors.ts';
import { UnreadRangeError } from '../../runtime/range-reading.ts';
import { readFacts } from './record-facts.ts';
import { inOrder, judgeLife, type Life, type Looked, mentions } from './record-life.ts';
import { type Search, type SearchDeps, type SearchResult, searchStore } from './search-store.ts';

export interface FindLifeDeps extends SearchDeps {
  readonly topics: RecordSelection['topics'];
  /** The topic of states that `reconcile` asked for. */
  readonly reconciledTopic: string | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** What waits in the spool; `undefined`: there is none. */
  readonly readSpooled?: (() => AsyncIterable<SinkRecord>) | undefined;
}

/**
 * All that is known of each key: its events, from where they can be alone, or from everywhere; its latest state, however old;
 * what `reconcile` asked for; the dead letters and the lines of a spool that mention it.
 *
 * @throws {UsageError} when the store can show neither events nor dead letters
 */
export async function findLivesOfKeys(
  keys: readonly string[],
  deps: FindLifeDeps,
  { everywhere = false }: { readonly everywhere?: boolean } = {},
): Promise<readonly Life[]> {
  const { topics, reconciledTopic, sinceMs, untilMs, readSpooled } = deps;
  const wanted = new Set(keys);
  const where = { topics, formerParts: true, ...(!everywhere && { keys: wanted }) };
  const times = { sinceMs, untilMs };
  const lookedAt = new Set<string>();
  const look = async (search: Search) => {
    const result = await searchStore(deps, search);
    for (const part of result.parts) {
      lookedAt.add(part);
    }
    return result;
  };
  const isOfKeys = (record: PlacedRecord) => wanted.has(keyOf(record) ?? '');
  const events = await orWhyNot(
    () =>
      look({
        selection: { role: 'events', ...where, ...times },
        isWanted: isOfKeys,
      }),
    UsageError,
  );
  const lookForLetters = () =>
    look({
      selection: { role: 'dead-letter', topics, ...times },
      isWanted: (record) => keys.some((key) => mentions(record, key)),
    });
  // Where neither can be read, there is no answer.
  const deadLetters = 'notKnown' in events ? await lookForLetters() : await orWhyNot(lookForLetters, Error);
  /** A part that not every installation has. */
  const lookIfThere = (search: Search, missing: string) =>
    orWhyNot(async () => {
      const result = await look(search);
      return result.parts.length > 0 || deps.signal.aborted ? result : { notKnown: missing };
    }, Error);
  // A state may be the last witness of a key: the topic of events forgets, that of states does not.
  const states = await lookIfThere(
    {
      selection: { role: 'latest', ...where, sinceMs: 0, mayBeMissing: true },
      isWanted: isOfKeys,
    },
    'no revision filter has run on this store, or it writes under another name',
  );
  const reconciledTopics = topics
    .slice(0, 1)
    .flatMap((topic) => (reconciledTopic === undefined ? [] : [{ ...topic, events: reconciledTopic }]));
  const reconciled = await lookIfThere(
    {
      selection: {
        role: 'events',
        beside: 'reconciled',
        mayBeMissing: true,
        sinceMs: 0,
        keys: wanted,
        topics: reconciledTopics,
      },
      isWanted: isOfKeys,
    },
    '"reconcile --messages --write" has stored nothing here',
  );
  const spooled = await findSpooled(readSpooled, (record) => keys.some((key) => isAbout(record, key)));
  return keys.map((id) => {
    const isOfKey = (record: PlacedRecord) => keyOf(record) === id;
    return {
      id,
      ...times,
      lookedAt: [...lookedAt],
      events: whenKnown(only(events, isOfKey), judgeLife),
      deadLetters: only(deadLetters, (letter) => mentions(letter, id)),
      latest: whenKnown(only(states, isOfKey), lastOfEach),
      reconciled: only(reconciled, isOfKey),
      spooled: whenKnown(spooled, (records) => records.filter((record) => isAbout(record, id))),
    };
  });
}

/** A record of another producer may lack the key: its event stands for itself. */
export function keyOf(record: PlacedRecord): string | undefined {
  return record.key ?? readFacts(record).eventId;
}

function only(
  result: SearchResult | { readonly notKnown: string },
  isWanted: (record: PlacedRecord) => boolean,
): Looked<PlacedRecord> {
  return 'notKnown' in result ? result : orLeftOut(result.found.filter(isWanted), result);
}

/** Nothing was found: it may be among what could not be read. */
export function orLeftOut<T>(found: readonly T[], { leftOut }: Pick<SearchResult, 'leftOut'>): Looked<T> {
  return found.length === 0 && leftOut.length > 0 ? { notKnown: toReason(leftOut.join(' ')) } : found;
}

function whenKnown<T, R>(looked: Looked<T>, use: (items: readonly T[]) => readonly R[]): Looked<R> {
  return 'notKnown' in looked ? looked : use(looked);
}

/** It stands in the middle of a sentence. */
function toReason(text: string): string {
  return text.replace(/\.$/, '');
}

/**
 * The error of a part that cannot be looked at is a part of the answer. Any other error is thrown, and so is that of a reading
 * that stopped in the middle: it would pass for a complete one.
 */
export async function orWhyNot<T>(
  look: () => Promise<T>,
  expected: abstract new (...args: never[]) => Error,
): Promise<T | { readonly notKnown: string }> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof expected && !(error instanceof UnreadRangeError)) {
      return { notKnown: toReason(describeError(error)) };
    }
    throw error;
  }
}

/** The last state of a topic counts: a compacted topic may hold earlier ones for a while, or in another partition. */
function lastOfEach(states: readonly PlacedRecord[]): readonly PlacedRecord[] {
  return [...new Map(inOrder(states).map((state) => [state.topic, state])).values()];
}

export async function findSpooled(
  readSpooled: FindLifeDeps['readSpooled'],
  isWanted: (record: SinkRecord) => boolean,
): Promise<Looked<SinkRecord>> {
  if (readSpooled === undefined) {
    return { notKnown: 'SPOOL_DIR is not set' };
  }
  const found: SinkRecord[] = [];
  try {
    for await (const record of readSpooled()) {
      if (isWanted(record)) {
        found.push(record);
      }
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return { notKnown: 'the directory of SPOOL_DIR does not exist here' };
    }
    throw error;
  }
  return found;
}

function isAbout(record: SinkRecord, id: string): boolean {
  const isOfKey = record.key === id || record.headers.ce_id === id;
  return isOfKey || (record.key === null && mentions(record, id));
}
