import type { Attempt } from './deliveries.ts';

/** What a store has in the end. */
export interface StoredIds {
  /** In order, with those that are there several times. */
  readonly inOrder: readonly string[];
  /** Where order means nothing: dead letters, what was set aside. */
  readonly elsewhere: readonly string[];
  /** Nothing has happened after which records may be stored more often than they were sent. */
  readonly isExact: boolean;
  /** Nothing has happened that is a reason to refuse anything. */
  readonly isWhole: boolean;
  /** What somebody has seen who reads on from where he was. */
  readonly readOn?: ReadonlySet<string>;
  /** Nothing has happened that is a reason for these records to be stored late. */
  readonly flow?: {
    readonly withinMs: number;
    readonly isConcerned: (key: string) => boolean;
    /** By id. */
    readonly storedMs: ReadonlyMap<string, number>;
  };
}

/** Compares what was acknowledged with what is stored. @returns sentences */
export function judgeAttempts(attempts: readonly Attempt[], stored: StoredIds): string[] {
  const first = new Map<string, number>();
  for (const [index, id] of stored.inOrder.entries()) {
    first.set(id, first.get(id) ?? index);
  }
  const all = new Set([...stored.inOrder, ...stored.elsewhere]);
  const { readOn = all } = stored;
  const sent = new Set(attempts.map(({ id }) => id));
  return [
    ...attempts
      .filter(({ id, storedMs }) => storedMs !== undefined && !(all.has(id) && readOn.has(id)))
      .map(({ id, storedMs, life }) => `lost: ${id}, which ${life.name} acknowledged at ${storedMs} ms`),
    ...[...all].filter((id) => !sent.has(id)).map((id) => `never sent: ${id}`),
    ...findOvertaken(attempts, first),
    ...(stored.isExact ? findRepeated(attempts, stored.inOrder) : []),
    ...(stored.isWhole ? findRefused(attempts) : []),
    ...findHeldUp(attempts, stored),
  ];
}

function findHeldUp(attempts: readonly Attempt[], { flow }: StoredIds): string[] {
  if (flow === undefined) {
    return [];
  }
  const { withinMs, isConcerned, storedMs } = flow;
  return attempts
    .filter(({ key, mayBeRefused }) => isConcerned(key) && !mayBeRefused)
    .filter(
      ({ id, storedMs: acknowledgedMs = Number.POSITIVE_INFINITY }) =>
        (storedMs.get(id) ?? Number.POSITIVE_INFINITY) > acknowledgedMs + withinMs,
    )
    .map(({ id, storedMs: acknowledgedMs }) => `held up: ${id}, acknowledged at ${acknowledgedMs} ms`);
}

function findRefused(attempts: readonly Attempt[]): string[] {
  return attempts
    .filter(({ storedMs, mayBeRefused }) => storedMs === undefined && !mayBeRefused)
    .map(({ id, sentMs }) => `refused: ${id}, sent at ${sentMs} ms`);
}

function findRepeated(attempts: readonly Attempt[], inOrder: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const { id } of attempts) {
    left.set(id, (left.get(id) ?? 0) + 1);
  }
  for (const id of inOrder) {
    left.set(id, (left.get(id) ?? 0) - 1);
  }
  return [...left]
    .filter(([, count]) => count < 0)
    .map(([id]) => `stored more often than it was sent: ${id}`);
}

/** Of one key: what was sent after another record was, or had been acknowledged, stands behind it. */
function findOvertaken(attempts: readonly Attempt[], first: ReadonlyMap<string, number>): string[] {
  const found: string[] = [];
  for (const ofKey of Map.groupBy(attempts, ({ key }) => key).values()) {
    const begun = new Set<string>();
    const before: Attempt[] = [];
    for (const attempt of ofKey) {
      const at = first.get(attempt.id);
      if (
        !begun.has(attempt.id) &&
        !attempt.mayOvertake &&
        at !== undefined &&
        isOnceOrStored(attempt, ofKey)
      ) {
        const overtaken = before.find(
          ({ id, life, storedMs = 0 }) =>
            (life === attempt.life || storedMs < attempt.sentMs) && (first.get(id) ?? 0) > at,
        );
        found.push(
          ...(overtaken === undefined ? [] : [`order: ${attempt.id} stands before ${overtaken.id}`]),
        );
      }
      begun.add(attempt.id);
      if (attempt.storedMs !== undefined && first.has(attempt.id) && !attempt.mayOvertake) {
        before.push(attempt);
      }
    }
  }
  return found;
}

/** A repetition may have gone to a process without the spool. */
function isOnceOrStored(attempt: Attempt, ofKey: readonly Attempt[]): boolean {
  return ofKey.every(({ id, mayOvertake }) => id !== attempt.id || !mayOvertake);
}
