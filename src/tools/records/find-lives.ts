import type { PlacedRecord } from '../../ports/record-reader.ts';
import { UsageError } from '../../runtime/errors.ts';
import { formatCount } from '../../runtime/format.ts';
import { ConditionHints, createConditionTest, type EventCondition } from './event-conditions.ts';
import { type FindLifeDeps, findLivesOfKeys, findSpooled, keyOf, orLeftOut, orWhyNot } from './find-life.ts';
import { readFacts } from './record-facts.ts';
import { isKnown, type Life, listOf } from './record-life.ts';
import { searchStore } from './search-store.ts';

/**
 * The lives of these keys; of what no event or state is known of, the lives of the entities that have an event with this id or this key
 * somewhere else, as in the partition that the key had before there were more, or written with other cases.
 */
export async function findLives(ids: readonly string[], deps: FindLifeDeps): Promise<readonly Life[]> {
  const lives = await findLivesOfKeys(ids, deps);
  const unknown = lives.filter((life) => isNowhere(life) && isKnown(life)).map(({ id }) => id);
  if (unknown.length === 0 || deps.signal.aborted) {
    return lives;
  }
  const which = unknown.length === 1 ? unknown[0] : formatCount(unknown.length, 'id');
  deps.observer.notice(`No event was found where ${which} would be stored: everything is looked through.`);
  const elsewhere = await findEverywhere(unknown, deps, lives);
  return lives.flatMap((life) =>
    unknown.includes(life.id) ? elsewhere.filter(isAnswerTo(life.id)) : [life],
  );
}

/** A dead letter mentions the id of its event too, which `replay` may have stored under its key since. */
function isNowhere({ events, latest }: Life): boolean {
  return listOf(events).length === 0 && listOf(latest).length === 0;
}

const isAnswerTo =
  (id: string) =>
  ({ id: key, asked = key }: Life): boolean =>
    asked === id;

/** As `findLives`, without a look at where the keys would be stored. @param known lives of ids that are found nowhere else */
export async function findEverywhere(
  ids: readonly string[],
  deps: FindLifeDeps,
  known: readonly Life[] = [],
): Promise<readonly Life[]> {
  const idOf = new Map(ids.map((id) => [loosen(id), id]));
  const { matches, parts, leftOut } = await findMatches(
    deps,
    (record) => idOf.get(loosen(record.key ?? '')) ?? idOf.get(loosen(readFacts(record).eventId ?? '')),
  );
  const lives = await findWholeLives(matches, deps);
  const answered = new Set(lives.map(({ id, asked = id }) => asked));
  const rest = ids.filter((id) => !answered.has(id));
  const others = rest.map((id) => known.find((life) => life.id === id)).filter((life) => life !== undefined);
  const nowhere = others.length === rest.length ? others : await findLivesOfKeys(rest, deps);
  const unread = nowhere.map((life) => ({
    ...life,
    events: 'notKnown' in life.events ? life.events : orLeftOut(life.events, { leftOut }),
  }));
  return [...lives, ...unread].map((life) => ({
    ...life,
    lookedAt: [...new Set([...life.lookedAt, ...parts])],
  }));
}

/** Blanks around an id and the case of its letters are what a person gets wrong. */
function loosen(id: string): string {
  return id.trim().toLowerCase();
}

const mostEntities = 1_000;

/**
 * The lives of the entities that have an event or a state with these values, and the dead letters that have them.
 *
 * @throws {UsageError} when they are more than a person can look at
 */
export async function findWhere(
  conditions: readonly EventCondition[],
  deps: FindLifeDeps,
): Promise<readonly Life[]> {
  const question = conditions.map(({ text }) => text).join(' and ');
  const hasValues = createConditionTest(conditions);
  const hints = new ConditionHints(conditions);
  const { matches, parts, letters, leftOut } = await findMatches(
    deps,
    (record) => (hasValues(record) ? keyOf(record) : undefined),
    { see: (record) => hints.see(record), isWantedLetter: hasValues, question },
  );
  const lives = (await findWholeLives(matches, deps)).map((life) => ({ ...life, asked: undefined }));
  const shown = new Set(lives.flatMap((life) => listOf(life.deadLetters).map(({ place }) => place)));
  const deadLetters = letters.filter(({ place }) => !shown.has(place));
  const spooled = await findSpooled(deps.readSpooled, hasValues);
  if (lives.length > 0 && deadLetters.length === 0 && listOf(spooled).length === 0) {
    return lives;
  }
  const hint = matches.size === 0 ? hints.describe() : undefined;
  if (hint !== undefined) {
    deps.observer.notice(hint);
  }
  const { sinceMs, untilMs } = deps;
  const own = { id: question, sinceMs, untilMs, lookedAt: parts, deadLetters, spooled };
  return [...lives, { ...own, events: orLeftOut([], { leftOut }), latest: [], reconciled: [] }];
}

interface Matches {
  /** By key: what was asked for, and the places of the events that were found. */
  readonly matches: ReadonlyMap<string, { readonly asked: string; readonly places: ReadonlySet<string> }>;
  readonly letters: readonly PlacedRecord[];
  readonly parts: readonly string[];
  readonly leftOut: readonly string[];
}

interface WhereSearch {
  /** Hears of every event. */
  readonly see: (record: PlacedRecord) => void;
  readonly isWantedLetter: (record: PlacedRecord) => boolean;
  readonly question: string;
}

/** Reads everything; with `where` also states and dead letters. @param answers which question a record answers */
async function findMatches(
  deps: FindLifeDeps,
  answers: (record: PlacedRecord) => string | undefined,
  where?: WhereSearch,
): Promise<Matches> {
  const { topics, sinceMs, untilMs } = deps;
  const matches = new Map<string, { asked: string; places: Set<string> }>();
  const note = (asked: string, record: PlacedRecord, place?: string) => {
    const key = keyOf(record) ?? asked;
    const match = matches.get(key) ?? { asked, places: new Set() };
    matches.set(key, match);
    if (place !== undefined) {
      match.places.add(place);
    }
    if (matches.size > mostEntities) {
      throw new UsageError(
        `more than ${formatCount(mostEntities)} entities have ${where?.question ?? 'these ids'}: ask for a shorter time with --since and --until, or for more members`,
      );
    }
  };
  const events = await searchStore(deps, {
    selection: { role: 'events', topics, sinceMs, untilMs, formerParts: true },
    isWanted(record) {
      where?.see(record);
      const asked = answers(record);
      if (asked !== undefined) {
        note(asked, record, record.place);
      }
      return false;
    },
  });
  if (where === undefined) {
    return { matches, letters: [], parts: events.parts, leftOut: events.leftOut };
  }
  // A state may be the last witness of what its event said.
  const states = await orWhyNot(
    () =>
      searchStore(deps, {
        selection: { role: 'latest', topics, sinceMs: 0, mayBeMissing: true },
        isWanted: (record) => answers(record) !== undefined,
      }),
    Error,
  );
  for (const state of 'notKnown' in states ? [] : states.found) {
    note(answers(state) ?? '', state);
  }
  const letters = await searchStore(deps, {
    selection: { role: 'dead-letter', topics, sinceMs, untilMs },
    isWanted: where.isWantedLetter,
  });
  const searches = [events, ...('notKnown' in states ? [] : [states]), letters];
  return {
    matches,
    letters: letters.found,
    parts: searches.flatMap(({ parts }) => parts),
    leftOut: searches.flatMap(({ leftOut }) => leftOut),
  };
}

/** One that has events which are not where it belongs now is read from everywhere: so may its state be. */
async function findWholeLives(matches: Matches['matches'], deps: FindLifeDeps): Promise<readonly Life[]> {
  if (matches.size === 0 || deps.signal.aborted) {
    return [];
  }
  const lives = await findLivesOfKeys([...matches.keys()], deps);
  const scattered = lives.filter(({ id, events }) => {
    const places = new Set(listOf(events).map(({ record }) => record.place));
    return [...(matches.get(id)?.places ?? [])].some((place) => !places.has(place));
  });
  const whole = new Map(
    scattered.length === 0
      ? []
      : (
          await findLivesOfKeys(
            scattered.map(({ id }) => id),
            deps,
            { everywhere: true },
          )
        ).map((life) => [life.id, life]),
  );
  return lives.map((life) => {
    const asked = matches.get(life.id)?.asked;
    return { ...(whole.get(life.id) ?? life), ...(asked !== life.id && { asked }) };
  });
}
