import { type Rejection, type Sink, SinkError, type SinkRecord } from '../../ports/sink.ts';
import { type SpoolLine, toSpooledDeadLetter } from './spool-line.ts';

/** Lines of one chunk with the same key, in order. They are sent in one append, and again if it failed. */
export type Unit = readonly SpoolLine[];

export interface SendDeps {
  readonly store: Pick<Sink, 'append'>;
  /** The configured topics. The store takes no record for another one. */
  readonly topics: ReadonlySet<string>;
  /** In the time of `Clock.now`. */
  readonly deadline: number;
}

export interface SentUnit {
  readonly stored: number;
  readonly deadLettered: number;
  /** Lines that the store will never take, and why. */
  readonly setAside: readonly { readonly line: SpoolLine; readonly why: string }[];
}

/** Groups lines by topic and key. Dead letters have no key, and each is a unit of its own. */
export function toUnits<L extends SpoolLine>(lines: readonly L[]): L[][] {
  const units = new Map<string | L, L[]>();
  for (const line of lines) {
    const { record } = line;
    const key = record === undefined || record.key === null ? line : `${record.topic} ${record.key}`;
    const unit = units.get(key);
    if (unit === undefined) {
      units.set(key, [line]);
    } else {
      unit.push(line);
    }
  }
  return [...units.values()];
}

/**
 * Stores the records of a unit. A record that the store rejects becomes the dead letter that it would have become without
 * the spool.
 *
 * @throws {SinkError} when the unit has to be sent again
 */
export async function sendUnit(unit: Unit, deps: SendDeps): Promise<SentUnit> {
  const { store, topics, deadline } = deps;
  const setAside: { line: SpoolLine; why: string }[] = [];
  const sent: { line: SpoolLine; record: SinkRecord }[] = [];
  for (const line of unit) {
    const why = findProblem(line.record, topics);
    if (line.record === undefined || why !== undefined) {
      setAside.push({ line, why: why ?? 'not a record' });
    } else {
      sent.push({ line, record: line.record });
    }
  }
  const rejections = await append(sent, store, deadline);
  const letters: typeof sent = [];
  for (const { index, reason } of rejections) {
    const { line } = sent[index] as (typeof sent)[number];
    const letter = toSpooledDeadLetter(line, reason);
    if (letter === undefined || !topics.has(letter.topic)) {
      setAside.push({ line, why: reason });
    } else {
      letters.push({ line, record: letter });
    }
  }
  const rejectedLetters = await append(letters, store, deadline);
  for (const { index, reason } of rejectedLetters) {
    setAside.push({ line: (letters[index] as (typeof letters)[number]).line, why: reason });
  }
  return {
    stored: sent.length - rejections.length,
    deadLettered: letters.length - rejectedLetters.length,
    setAside,
  };
}

function findProblem(record: SinkRecord | undefined, topics: ReadonlySet<string>): string | undefined {
  if (record === undefined) {
    return 'not a record';
  }
  return topics.has(record.topic) ? undefined : `${record.topic} is not among the configured topics`;
}

async function append(
  sent: readonly { readonly record: SinkRecord }[],
  store: Pick<Sink, 'append'>,
  deadline: number,
): Promise<readonly Rejection[]> {
  if (sent.length === 0) {
    return [];
  }
  try {
    return await store.append(
      sent.map(({ record }) => record),
      deadline,
    );
  } catch (error) {
    if (sent.length === 1 && error instanceof SinkError && error.code === 'sink_unroutable') {
      // Nobody sends it again, and what stands behind it has a route.
      return [{ index: 0, reason: 'rejected_by_broker' }];
    }
    throw error;
  }
}
