import type { Judges } from '../../faults/verdict/run-judges.ts';
import type { ReadRecord } from '../kafka/transactions/read-batch.ts';

// The expected output of the filter is derived here without any of the filter's code.

/** Committed records of one partition of each topic, in order. */
export interface PartitionRecords {
  readonly partition: number;
  readonly events: readonly ReadRecord[];
  readonly latest: readonly ReadRecord[];
  /** All events that the partition ever contained, including those of aborted transactions. */
  readonly history: readonly ReadRecord[];
}

export interface JudgedRecords {
  readonly partitions: readonly PartitionRecords[];
  /** Dead letters of all partitions. */
  readonly deadLetters: readonly ReadRecord[];
  /** A record with a longer body becomes a dead letter. */
  readonly maxBodyBytes: number;
  /**
   * Kinds of faults that recreated a log, truncated it or set an offset. After them, the remaining events do not tell
   * what was filtered.
   */
  readonly resets: readonly string[];
  /** Exits of the filter's processes that failed or took too long. */
  readonly exits: readonly string[];
}

/** Judges of the filter's whole output. `judges.test.ts` has a history for each. */
export const stateJudges = {
  judgeExactly,
  judgeForward,
  judgeEnds,
  judgeNewest,
  judgeUnusable,
  judgeFilterExits,
} satisfies Judges<JudgedRecords, string>;

/** Without a reset, every event that does not belong to a state must be a dead letter. */
function judgeUnusable({ partitions, deadLetters, maxBodyBytes, resets }: JudgedRecords): string[] {
  if (resets.length > 0) {
    return [];
  }
  const unusable = partitions.flatMap(({ events }) =>
    events.filter((event) => isUnusable(event, maxBodyBytes)),
  );
  const [missing, added] = compare(unusable.map(toEventId), deadLetters.map(toEventId));
  return missing.length + added.length === 0
    ? []
    : [`dead letters: ${missing.join(', ')} missing, ${added.join(', ')} too many`];
}

function judgeFilterExits({ exits }: JudgedRecords): readonly string[] {
  return exits;
}

/**
 * Whether one loss may hide another. Then later states may come first and make earlier ones obsolete. Losses of states
 * alone do not hide each other.
 */
function mayHide(resets: readonly string[]): boolean {
  return resets.length > 1 && !resets.every((kind) => kind.startsWith('states '));
}

/** Returns the event id, with which every value begins. */
function toEventId({ value }: ReadRecord): string {
  return String(value).slice(0, 30);
}

/** Compares two lists. @returns the items that only one of them contains, or contains more often */
function compare(one: readonly string[], other: readonly string[]): readonly [string[], string[]] {
  const rest = [...other];
  const missing = one.filter((each) => {
    const at = rest.indexOf(each);
    return at < 0 || rest.splice(at, 1).length === 0;
  });
  return [missing, rest];
}

function isUnusable({ key, bodyBytes }: ReadRecord, maxBodyBytes: number): boolean {
  return key === null || bodyBytes > maxBodyBytes;
}

/** Each state must be written exactly once, in the order of the events. */
function judgeExactly({ partitions, maxBodyBytes, resets }: JudgedRecords): string[] {
  return resets.length > 0 ? [] : partitions.flatMap((records) => compareStates(records, maxBodyBytes));
}

function compareStates({ partition, events, latest }: PartitionRecords, maxBodyBytes: number): string[] {
  const highest = new Map<string, bigint>();
  const expected: string[] = [];
  for (const event of events.filter((each) => !isUnusable(each, maxBodyBytes))) {
    const key = String(event.key);
    const known = highest.get(key);
    const revision = readRevision(event);
    if (revision === undefined) {
      expected.push(`${event.headers.ce_id} after ${known ?? 'none'}`);
    } else if (known === undefined || revision > known) {
      highest.set(key, revision);
      expected.push(`${event.headers.ce_id}`);
    }
  }
  const found = latest.map((state) =>
    readRevision(state) === undefined
      ? `${state.headers.ce_id} after ${state.headers['entity-revision'] ?? 'none'}`
      : `${state.headers.ce_id}`,
  );
  const at = expected.findIndex((each, index) => each !== found[index]);
  return at < 0 && found.length === expected.length
    ? []
    : [
        `latest-${partition}: state ${at < 0 ? expected.length : at} is ${found[at < 0 ? expected.length : at]} instead of ${expected[at]}, ${found.length} states instead of ${expected.length}`,
      ];
}

/** Revisions of a key must never decrease, even after a reset. */
function judgeForward({ partitions, resets }: JudgedRecords): string[] {
  return resets.length === 0 ? [] : partitions.flatMap((records) => findSteps(records).backward);
}

/** The last state of a key must be at least as new as the remaining events, even after a reset. */
function judgeEnds({ partitions, maxBodyBytes, resets }: JudgedRecords): string[] {
  return resets.length === 0
    ? []
    : partitions.flatMap((records) => {
        const { partition, events } = records;
        const { highest } = findSteps(records);
        return events
          .filter((event) => !isUnusable(event, maxBodyBytes))
          .map((event) => ({ key: String(event.key), revision: readRevision(event) ?? -1n }))
          .filter(({ key, revision }) => revision > (highest.get(key) ?? -1n))
          .map(
            ({ key, revision }) =>
              `latest-${partition}: ${key} ends at ${highest.get(key) ?? 'nothing'}, the events have ${revision}`,
          );
      });
}

function findSteps({ partition, latest }: PartitionRecords) {
  const backward: string[] = [];
  const highest = new Map<string, bigint>();
  for (const state of latest) {
    const key = String(state.key);
    const revision = readRevision(state);
    const known = highest.get(key);
    if (revision !== undefined && known !== undefined && revision <= known) {
      backward.push(
        `latest-${partition}: ${key} goes from ${known} to ${revision} at offset ${state.offset}`,
      );
    }
    if (revision !== undefined) {
      highest.set(key, revision);
    }
  }
  return { backward, highest };
}

/**
 * A remaining event that was the newest of its entity when it was written must have been forwarded, whatever was lost
 * or recreated.
 */
function judgeNewest({ partitions, maxBodyBytes, resets }: JudgedRecords): string[] {
  return resets.length === 0 || mayHide(resets)
    ? []
    : partitions.flatMap((records) => findMissing(records, maxBodyBytes));
}

function findMissing(
  { partition, events, latest, history }: PartitionRecords,
  maxBodyBytes: number,
): string[] {
  const found = new Set(latest.map((state) => state.headers.ce_id));
  const newest = findNewest(history.filter((event) => !isUnusable(event, maxBodyBytes)));
  return events
    .filter((event) => newest.has(placeOf(event)) && !found.has(event.headers.ce_id))
    .map((event) => `latest-${partition}: no state of ${event.headers.ce_id} at offset ${event.offset}`);
}

/** Finds events with a higher revision than all earlier ones of their entity. @returns their positions */
function findNewest(history: readonly ReadRecord[]): ReadonlySet<string> {
  const highest = new Map<string, bigint>();
  const newest = new Set<string>();
  for (const event of history) {
    const revision = readRevision(event);
    if (revision !== undefined && revision > (highest.get(String(event.key)) ?? -1n)) {
      highest.set(String(event.key), revision);
      newest.add(placeOf(event));
    }
  }
  return newest;
}

/** Identifies an event. The offset alone is not enough, because another event may have it after a reset. */
function placeOf(event: ReadRecord): string {
  return `${event.offset} ${event.headers.ce_id}`;
}

function readRevision(record: ReadRecord): bigint | undefined {
  const text = record.headers.revision;
  return text === undefined ? undefined : BigInt(text);
}
