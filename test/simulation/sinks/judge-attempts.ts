import type { SimulationViolation } from '../scenario.ts';
import type { Attempt } from './deliveries.ts';
import type { SinkEvidence, StoredIds } from './judge-sink.ts';

/** Every acknowledged record must be stored where a continuous reader finds it. */
export function judgeAcknowledged({ attempts, stored }: SinkEvidence): SimulationViolation[] {
  const all = listIds(stored);
  const { readOn = all } = stored;
  return attempts
    .filter(({ id, storedMs }) => storedMs !== undefined && !(all.has(id) && readOn.has(id)))
    .map(({ id, storedMs, life }) => lost(`lost: ${id}, which ${life.name} acknowledged at ${storedMs} ms`));
}

/** Every stored record must have been sent. */
export function judgeSent({ attempts, stored }: SinkEvidence): SimulationViolation[] {
  const sent = new Set(attempts.map(({ id }) => id));
  return [...listIds(stored)].filter((id) => !sent.has(id)).map((id) => lost(`never sent: ${id}`));
}

/** Unless a fault explains a delay, every record must be stored soon. */
export function judgeFlow({ attempts, stored: { flow } }: SinkEvidence): SimulationViolation[] {
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
    .map(({ id, storedMs: acknowledgedMs }) => lost(`held up: ${id}, acknowledged at ${acknowledgedMs} ms`));
}

/** A record must not be rejected without a reason. */
export function judgeRefused({ attempts, stored: { isWhole } }: SinkEvidence): SimulationViolation[] {
  return attempts
    .filter(({ storedMs, mayBeRefused }) => isWhole && storedMs === undefined && !mayBeRefused)
    .map(({ id, sentMs }) => lost(`refused: ${id}, sent at ${sentMs} ms`));
}

/** Unless a fault explains duplicates, a record must not be stored more often than it was sent. */
export function judgeRepeated({ attempts, stored }: SinkEvidence): SimulationViolation[] {
  const left = new Map<string, number>();
  for (const { id } of attempts) {
    left.set(id, (left.get(id) ?? 0) + 1);
  }
  for (const id of stored.inOrder) {
    left.set(id, (left.get(id) ?? 0) - 1);
  }
  return [...left]
    .filter(([, more]) => stored.isExact && more < 0)
    .map(([id]) => lost(`stored more often than it was sent: ${id}`));
}

/**
 * For each key, a record must be stored after all records that were acknowledged before it was sent. The same applies
 * to records that were first attempted before it was sent.
 */
export function judgeOvertaken({ attempts, stored }: SinkEvidence): SimulationViolation[] {
  const first = new Map<string, number>();
  for (const [index, id] of stored.inOrder.entries()) {
    first.set(id, first.get(id) ?? index);
  }
  const found: SimulationViolation[] = [];
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
          ...(overtaken === undefined ? [] : [lost(`order: ${attempt.id} stands before ${overtaken.id}`)]),
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

/** Returns whether no attempt with the same id may have taken the path without the spool. */
function isOnceOrStored(attempt: Attempt, ofKey: readonly Attempt[]): boolean {
  return ofKey.every(({ id, mayOvertake }) => id !== attempt.id || !mayOvertake);
}

function listIds({ inOrder, elsewhere }: StoredIds): ReadonlySet<string> {
  return new Set([...inOrder, ...elsewhere]);
}

function lost(text: string): SimulationViolation {
  return { kind: 'lost', text };
}
