import type { StoredRecord } from '../../support/kafka/read-topic.ts';

export interface FilterVerdict {
  readonly inputRecords: number;
  readonly forwarded: number;
  readonly entities: number;
  /** Each is a broken promise. */
  readonly violations: readonly string[];
}

interface State {
  readonly entity: string;
  readonly revision: number;
  readonly eventId: string;
}

/** What must stand on the latest-state topic follows from the events topic alone, record by record and in order. */
export function judgeFilter(
  input: readonly StoredRecord[],
  latest: readonly StoredRecord[],
  deadLetters: readonly StoredRecord[],
): FilterVerdict {
  const violations: string[] = [];
  const maxima = new Map<string, number>();
  const expected = new Map<number, State[]>();
  for (const { partition, state } of toStates(input)) {
    if (state.revision > (maxima.get(state.entity) ?? 0)) {
      maxima.set(state.entity, state.revision);
      append(expected, partition, state);
    }
  }
  const found = new Map<number, State[]>();
  const last = new Map<string, number>();
  const seen = new Set<string>();
  for (const { partition, state } of toStates(latest)) {
    append(found, partition, state);
    const { entity, revision, eventId } = state;
    if (seen.has(eventId)) {
      violations.push(`forwarded twice: ${entity} ${revision}`);
    }
    seen.add(eventId);
    if (revision <= (last.get(entity) ?? 0)) {
      violations.push(`went back: ${entity} from ${last.get(entity)} to ${revision}`);
    }
    last.set(entity, revision);
  }
  for (const [entity, maximum] of maxima) {
    if (last.get(entity) !== maximum) {
      violations.push(`${entity} ends at ${last.get(entity)} instead of ${maximum}`);
    }
  }
  for (const [partition, states] of expected) {
    const is = found.get(partition) ?? [];
    const at = states.findIndex((state, index) => state.eventId !== is[index]?.eventId);
    if (at >= 0 || is.length !== states.length) {
      violations.push(
        `partition ${partition} differs from the record of maxima at ${at} (${is.length} records, ${states.length} expected)`,
      );
    }
  }
  if (deadLetters.length > 0) {
    violations.push(`${deadLetters.length} dead letters`);
  }
  return { inputRecords: input.length, forwarded: latest.length, entities: maxima.size, violations };
}

function toStates(records: readonly StoredRecord[]) {
  return records
    .toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
    .map(({ partition, key, value }) => {
      const { revision, eventId } = JSON.parse(String(value)) as { revision: number; eventId: string };
      return { partition, state: { entity: String(key), revision, eventId } };
    });
}

function append(map: Map<number, State[]>, partition: number, state: State): void {
  const list = map.get(partition);
  if (list === undefined) {
    map.set(partition, [state]);
  } else {
    list.push(state);
  }
}
