import type { PlacedRecord, ReadObserver, ReadOptions, RecordSelection } from '../../ports/record-reader.ts';
import type { SinkRecord } from '../../ports/sink.ts';
import { describeError, UsageError } from '../../runtime/errors.ts';
import { UnreadRangeError } from '../../runtime/range-reading.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { isEmpty, type Life, type Looked } from './life.ts';
import { readFacts } from './record-facts.ts';
import { judgeLife, mentions } from './record-life.ts';

export interface FindLifeDeps {
  readonly read: (selection: RecordSelection, options: ReadOptions) => AsyncIterable<readonly PlacedRecord[]>;
  readonly topics: RecordSelection['topics'];
  readonly sinceMs: number;
  readonly nowMs: number;
  /** What waits in the spool; `undefined`: there is none. */
  readonly readSpooled?: (() => AsyncIterable<SinkRecord>) | undefined;
  readonly observer: ReadObserver;
  readonly signal: AbortSignal;
}

/**
 * All that is known of a key: its events, from where they can be alone, or from everywhere; its latest state, however old; the dead
 * letters and the lines of a spool that mention it.
 *
 * @throws {UsageError} when the store can show neither events nor dead letters
 */
export async function findLife(
  id: string,
  deps: FindLifeDeps,
  { everywhere = false }: { readonly everywhere?: boolean } = {},
): Promise<Life> {
  const { topics, sinceMs, nowMs, readSpooled } = deps;
  const lookedAt: string[] = [];
  const search = createSearch(deps, (parts) => lookedAt.push(...parts));
  const where = everywhere ? { topics } : { topics, key: id };
  const isOfKey = ({ key }: PlacedRecord) => key === id;
  const events = await orWhyNot(() => search({ role: 'events', ...where, sinceMs }, isOfKey), UsageError);
  const deadLetters = await orWhyNot(
    () => search({ role: 'dead-letter', topics, sinceMs }, (record) => mentions(record, id)),
    'notKnown' in events ? NeverThrown : Error,
  );
  // A state may be the last witness of a key: the topic of events forgets, that of states does not.
  const states = await orWhyNot(() => search({ role: 'latest', ...where, sinceMs: 0 }, isOfKey), Error);
  return {
    id,
    sinceMs,
    untilMs: nowMs,
    deadLetters,
    lookedAt: [...new Set(lookedAt)],
    events: 'notKnown' in events ? events : judgeLife(events),
    latest: 'notKnown' in states ? states : lastOfEach(states),
    spooled:
      readSpooled === undefined ? { notKnown: 'SPOOL_DIR is not set' } : await findIn(readSpooled(), id),
  };
}

/**
 * The life of a key; of what none is known of, the lives of the entities that have an event with this id or this key somewhere
 * else, as in the partition that the key had before there were more.
 */
export async function findLives(id: string, deps: FindLifeDeps): Promise<readonly [Life, ...Life[]]> {
  const life = await findLife(id, deps);
  if (!isEmpty(life) || 'notKnown' in life.events || deps.signal.aborted) {
    return [life];
  }
  deps.observer.notice(`Nothing was found where ${id} would be stored: everything is looked through.`);
  return findEverywhere(id, deps);
}

/** As `findLives`, without a look at where the key would be stored. */
export async function findEverywhere(id: string, deps: FindLifeDeps): Promise<readonly [Life, ...Life[]]> {
  const { keys, lookedAt } = await findKeys(id, deps);
  const [first = id, ...others] = keys;
  const life = await findLifeOfKey(first);
  const lives: [Life, ...Life[]] = [{ ...life, lookedAt: [...new Set([...life.lookedAt, ...lookedAt])] }];
  for (const key of others) {
    lives.push(await findLifeOfKey(key));
  }
  return lives;

  /** One that has events which are not where it belongs now: so may its state be. */
  async function findLifeOfKey(key: string): Promise<Life> {
    const found = await findLife(key, deps);
    const isElsewhere = keys.includes(key) && !('notKnown' in found.events) && found.events.length === 0;
    return isElsewhere ? findLife(key, deps, { everywhere: true }) : found;
  }
}

/** The keys of the events that have this id, or this key, wherever they are: everything is read. */
async function findKeys(
  id: string,
  deps: FindLifeDeps,
): Promise<{ readonly keys: readonly string[]; readonly lookedAt: readonly string[] }> {
  const { topics, sinceMs } = deps;
  const lookedAt: string[] = [];
  const search = createSearch(deps, (parts) => lookedAt.push(...parts));
  const found = await search(
    { role: 'events', topics, sinceMs },
    (record) => record.key === id || record.headers.ce_id === id || readFacts(record).eventId === id,
  );
  return { keys: [...new Set(found.map(({ key }) => key ?? id))], lookedAt };
}

/** @param onLooked parts that were read to their ends */
function createSearch(
  { read, observer, signal }: FindLifeDeps,
  onLooked: (parts: readonly string[]) => void,
) {
  return async (selection: RecordSelection, isWanted: (record: PlacedRecord) => boolean) => {
    const parts: string[] = [];
    const options: ReadOptions = {
      follow: false,
      signal,
      observer: {
        begins(part, amount) {
          parts.push(part);
          observer.begins(part, amount);
        },
        passed: (amount) => observer.passed(amount),
        notice: (text) => observer.notice(text),
      },
    };
    const found: PlacedRecord[] = [];
    for await (const batch of untilAborted(read(selection, options), signal)) {
      for (const record of batch) {
        if (isWanted(record)) {
          // Its bytes are a part of all that was read with it.
          found.push({ ...record, value: Buffer.from(record.value) });
        }
      }
    }
    onLooked(parts);
    return found;
  };
}

/**
 * The error of a part that cannot be looked at is a part of the answer. Any other error is thrown, and so is that of a reading
 * that stopped in the middle: it would pass for a complete one.
 */
async function orWhyNot<T>(
  look: () => Promise<readonly T[]>,
  expected: abstract new (...args: never[]) => Error,
): Promise<Looked<T>> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof expected && !(error instanceof UnreadRangeError)) {
      return { notKnown: describeError(error).replace(/\.$/, '') };
    }
    throw error;
  }
}

/** So that nothing is an expected error. */
class NeverThrown extends Error {}

/** The last state of a topic counts: a compacted topic may hold earlier ones for a while. */
function lastOfEach(states: readonly PlacedRecord[]): readonly PlacedRecord[] {
  return [...new Map(states.map((state) => [state.topic, state])).values()];
}

async function findIn(records: AsyncIterable<SinkRecord>, id: string): Promise<readonly SinkRecord[]> {
  const found: SinkRecord[] = [];
  for await (const record of records) {
    const isOfKey = record.key === id || record.headers.ce_id === id;
    if (isOfKey || (record.key === null && mentions(record, id))) {
      found.push(record);
    }
  }
  return found;
}
