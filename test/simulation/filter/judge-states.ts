import type { Judges } from '../../faults/verdict/run-judges.ts';
import type { ReadRecord } from '../kafka/transactions/read-batch.ts';

// Computes the expected output of the filter without any code of the filter.

/** Committed records of one partition of each topic, in order. */
export interface PartitionRecords {
  readonly partition: number;
  readonly events: readonly ReadRecord[];
  readonly latest: readonly ReadRecord[];
  /** All events that the partition ever contained, including events of aborted transactions. */
  readonly history: readonly ReadRecord[];
}

export interface JudgedRecords {
  readonly partitions: readonly PartitionRecords[];
  /** Dead letters of all partitions. */
  readonly deadLetters: readonly ReadRecord[];
  /** An event whose body is larger than this becomes a dead letter. */
  readonly maxBodyBytes: number;
  /**
   * Kinds of faults that recreated a log, truncated it, or set an offset. After such a fault, the remaining events no
   * longer show which events the filter has processed.
   */
  readonly resets: readonly string[];
  /** Exits of filter processes that failed or took too long. */
  readonly exits: readonly string[];
}

/** Rule checks ("judges") for the filter's complete output. `judges.test.ts` contains a history for each of them. */
export const stateJudges = {
  judgeExactly,
  judgeForward,
  judgeEnds,
  judgeNewest,
  judgeUnusable,
  judgeFilterExits,
} satisfies Judges<JudgedRecords, string>;

/**
 * Every event that cannot become a state must be a dead letter. This rule applies only if no fault resets the filter.
 */
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
 * Returns whether one reset may hide the effects of another one: newer states may be written first and make older
 * states obsolete. If only states are lost, no loss hides another.
 */
function mayHide(resets: readonly string[]): boolean {
  return resets.length > 1 && !resets.every((kind) => kind.startsWith('states '));
}

/** Returns the event id, which is at the start of every value. */
function toEventId({ value }: ReadRecord): string {
  return String(value).slice(0, 30);
}

/** Compares two lists. @returns the items that occur in only one list, or more often in one list */
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

/** Each state must be written exactly once, in the order of the source events. */
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

/** Even after a reset, the last state of a key must be at least as new as the newest remaining event of the key. */
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
 * Regardless of lost or recreated topics, the filter must have forwarded each remaining event that was the newest event
 * of its entity when it was written.
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

/**
 * Finds events that have a higher revision than all earlier events of the same entity.
 *
 * @returns the positions of these events
 */
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

/**
 * Returns a unique name for an event. The offset alone is not unique, because a different event may have the same
 * offset after a reset.
 */
function placeOf(event: ReadRecord): string {
  return `${event.offset} ${event.headers.ce_id}`;
}

function readRevision(record: ReadRecord): bigint | undefined {
  const text = record.headers.revision;
  return text === undefined ? undefined : BigInt(text);
}
