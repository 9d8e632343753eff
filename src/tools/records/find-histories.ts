import type { StoredRecord } from '../../ports/record-reader.ts';
import { UsageError } from '../../runtime/errors.ts';
import { formatCount } from '../../runtime/format.ts';
import { type EntityHistory, isList, listOf, listParts } from './entity-history.ts';
import { ConditionHints, createConditionTest, type EventCondition } from './event-conditions.ts';
import {
  type FindHistoryDeps,
  findHistoriesOfKeys,
  keyOf,
  lookUpIfAvailable,
  noStates,
  orSkipped,
} from './find-history.ts';
import { readFacts } from './record-facts.ts';
import { type SearchResult, searchStore } from './search-store.ts';

/**
 * The lives of these keys; of what no event or state is known of, the lives of the entities that have an event with this id or this key
 * somewhere else, as in the partition that the key had before there were more, or written with other cases.
 */
export async function findHistories(
  ids: readonly string[],
  deps: FindHistoryDeps,
): Promise<readonly EntityHistory[]> {
  const lives = await findHistoriesOfKeys(ids, deps);
  const unknown = lives.filter((life) => isNowhere(life) && canBeElsewhere(life)).map(({ id }) => id);
  if (unknown.length === 0 || deps.signal.aborted) {
    return lives;
  }
  const which = unknown.length === 1 ? unknown[0] : formatCount(unknown.length, 'id');
  deps.observer.onWarning(`No event was found where ${which} would be stored: everything is looked through.`);
  const elsewhere = await findEverywhere(unknown, deps, lives);
  return lives.flatMap((life) =>
    unknown.includes(life.id) ? elsewhere.filter(isAnswerTo(life.id)) : [life],
  );
}

/** A dead letter mentions the id of its event too, which `replay` may have stored under its key since. */
function isNowhere({ events, latest }: EntityHistory): boolean {
  return listOf(events).length === 0 && listOf(latest).length === 0;
}

/** Where neither could be looked at, there is no other place to look. */
function canBeElsewhere({ events, deadLetters }: EntityHistory): boolean {
  return isList(events) && isList(deadLetters);
}

const isAnswerTo =
  (id: string) =>
  ({ id: key, asked = key }: EntityHistory): boolean =>
    asked === id;

/** Without a look at where the keys would be stored. @param known lives of ids that are found nowhere else */
async function findEverywhere(
  ids: readonly string[],
  deps: FindHistoryDeps,
  known: readonly EntityHistory[],
): Promise<readonly EntityHistory[]> {
  const idOf = new Map(ids.map((id) => [loosen(id), id]));
  const matches = new Matches('these ids');
  const { parts, skipped } = await searchEvents(deps, (record) => {
    const asked = idOf.get(loosen(record.key ?? '')) ?? idOf.get(loosen(readFacts(record).eventId ?? ''));
    if (asked !== undefined) {
      matches.addEvent(asked, record);
    }
  });
  const lives = await findWholeHistories(matches, deps);
  const answered = new Set(lives.map(({ id, asked = id }) => asked));
  const rest = ids.filter((id) => !answered.has(id));
  const nowhere = known.filter(({ id }) => rest.includes(id));
  const unread = nowhere.map((life) => ({
    ...life,
    events: isList(life.events) ? orSkipped(life.events, { skipped }) : life.events,
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
export async function findByValues(
  conditions: readonly EventCondition[],
  deps: FindHistoryDeps,
): Promise<readonly EntityHistory[]> {
  const question = conditions.map(({ text }) => text).join(' and ');
  const hasValues = createConditionTest(conditions);
  const hints = new ConditionHints(conditions);
  const matches = new Matches(question);
  const { topics, period } = deps;
  const { sinceMs, untilMs } = period;
  const events = await searchEvents(deps, (record) => {
    hints.see(record);
    const key = hasValues(record) ? keyOf(record) : undefined;
    if (key !== undefined) {
      matches.addEvent(key, record);
    }
  });
  // A state may be the last witness of what its event said.
  const states = await lookUpIfAvailable(
    () =>
      searchStore(deps, {
        selection: { role: 'latest', topics, sinceMs: 0, untilMs, mayBeMissing: true },
        isWanted: hasValues,
      }),
    noStates,
    deps,
  );
  for (const state of 'found' in states ? states.found : []) {
    matches.addState(keyOf(state) ?? '', state);
  }
  const letters = await searchStore(deps, {
    selection: { role: 'dead-letter', topics, sinceMs, untilMs },
    isWanted: hasValues,
  });
  const lives = (await findWholeHistories(matches, deps)).map((life) => ({ ...life, asked: undefined }));
  const shown = new Set(lives.flatMap((life) => listOf(life.deadLetters).map(({ place }) => place)));
  const rest: EntityHistory = {
    id: question,
    isOf: lives.length === 0 ? 'value' : 'rest',
    period,
    // Those that were found are lives of their own.
    events: orSkipped([], events),
    latest: 'found' in states ? orSkipped([], states) : states,
    deadLetters: orSkipped(
      letters.found.filter(({ place }) => !shown.has(place)),
      letters,
    ),
    reconciled: { notHere: 'what the provider answered is not looked through for values' },
    unread: [],
    lookedAt: [
      ...new Set([events, ...('parts' in states ? [states] : []), letters].flatMap(({ parts }) => parts)),
    ],
  };
  const isMore = listParts(rest).some((part) => 'notKnown' in part || listOf<unknown>(part).length > 0);
  if (lives.length > 0 && !isMore) {
    return lives;
  }
  const hint = lives.length === 0 ? hints.describe() : undefined;
  if (hint !== undefined) {
    deps.observer.onWarning(hint);
  }
  return [...lives, rest];
}

/** What answers a question, by its key. @throws {UsageError} when it is more than a person can look at */
class Matches {
  readonly #question: string;
  /** The places are those of its events that were found. */
  readonly #matches = new Map<string, { readonly asked: string; readonly places: Set<string> }>();

  constructor(question: string) {
    this.#question = question;
  }

  get keys(): readonly string[] {
    return [...this.#matches.keys()];
  }

  find(key: string) {
    return this.#matches.get(key);
  }

  addEvent(asked: string, record: StoredRecord): void {
    this.#matchOf(asked, record).places.add(record.place);
  }

  addState(asked: string, record: StoredRecord): void {
    this.#matchOf(asked, record);
  }

  #matchOf(asked: string, record: StoredRecord) {
    const key = keyOf(record) ?? asked;
    const match = this.#matches.get(key) ?? { asked, places: new Set() };
    this.#matches.set(key, match);
    if (this.#matches.size > mostEntities) {
      throw new UsageError(
        `more than ${formatCount(mostEntities)} entities have ${this.#question}: ask for a shorter time with --since and --until, or for more members`,
      );
    }
    return match;
  }
}

/** Reads all events of the time. */
function searchEvents(deps: FindHistoryDeps, see: (record: StoredRecord) => void): Promise<SearchResult> {
  const { topics, period } = deps;
  const times = { sinceMs: period.sinceMs, untilMs: period.untilMs };
  return searchStore(deps, {
    selection: { role: 'events', topics, ...times, formerParts: true },
    isWanted(record) {
      see(record);
      return false;
    },
  });
}

/** One that has events which are not where it belongs now is read from everywhere: so may its state be. */
async function findWholeHistories(
  matches: Matches,
  deps: FindHistoryDeps,
): Promise<readonly EntityHistory[]> {
  if (matches.keys.length === 0 || deps.signal.aborted) {
    return [];
  }
  const lives = await findHistoriesOfKeys(matches.keys, deps);
  const scattered = lives.filter(({ id, events }) => {
    const places = new Set(listOf(events).map(({ record }) => record.place));
    return [...(matches.find(id)?.places ?? [])].some((place) => !places.has(place));
  });
  const whole = new Map(
    scattered.length === 0
      ? []
      : (
          await findHistoriesOfKeys(
            scattered.map(({ id }) => id),
            deps,
            { everywhere: true },
          )
        ).map((life) => [life.id, life]),
  );
  return lives.map((life) => {
    const asked = matches.find(life.id)?.asked;
    return { ...(whole.get(life.id) ?? life), ...(asked !== life.id && { asked }) };
  });
}
