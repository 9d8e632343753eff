import type { Judges } from '../../faults/verdict/run-judges.ts';
import type { ReadRecord } from '../kafka/transactions/read-batch.ts';

// What the filter has to make of the events is found here without any of the filter's code.

/** The committed records of one partition of each topic, in order. */
export interface PartitionRecords {
  readonly partition: number;
  readonly events: readonly ReadRecord[];
  readonly latest: readonly ReadRecord[];
  /** All events that ever stood there, those of aborted transactions as well. */
  readonly history: readonly ReadRecord[];
}

export interface JudgedRecords {
  readonly partitions: readonly PartitionRecords[];
  /** Of all partitions. */
  readonly deadLetters: readonly ReadRecord[];
  /** A record with a longer body is a dead letter. */
  readonly maxBodyBytes: number;
  /** Kinds of the faults that made a log again, cut it back or set an offset: then what is left does not say all that was filtered. */
  readonly resets: readonly string[];
  /** Ends of its processes that were not in order, or not in time. */
  readonly exits: readonly string[];
}

/** Of all that the filter has made; `judges.test.ts` has a history for each. */
export const stateJudges = {
  judgeExactly,
  judgeForward,
  judgeEnds,
  judgeNewest,
  judgeUnusable,
  judgeFilterExits,
} satisfies Judges<JudgedRecords, string>;

/** Nothing was lost or made again: all that does not belong to a state is a dead letter. */
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
 * While one is not seen because of another, later states may come first, and make earlier ones obsolete. Of losses of states
 * alone none hides another.
 */
function mayHide(resets: readonly string[]): boolean {
  return resets.length > 1 && !resets.every((kind) => kind.startsWith('states '));
}

/** The beginning of a value names the event. */
function toEventId({ value }: ReadRecord): string {
  return String(value).slice(0, 30);
}

/** @returns what is in one list only, as often as it is there more */
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

/** Each state once, in the order of the events. */
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

/** After a reset, too, states of a key only go forward. */
function judgeForward({ partitions, resets }: JudgedRecords): string[] {
  return resets.length === 0 ? [] : partitions.flatMap((records) => findSteps(records).backward);
}

/** After a reset, too, the last state of a key is at least that of the events that are left. */
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

/** Whatever was lost and made again: an event that is left, and was the newest when it was written, is a state. */
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

/** @returns places of the events whose revision was above all that had come of their entity */
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

/** After a reset another event may have the same offset. */
function placeOf(event: ReadRecord): string {
  return `${event.offset} ${event.headers.ce_id}`;
}

function readRevision(record: ReadRecord): bigint | undefined {
  const text = record.headers.revision;
  return text === undefined ? undefined : BigInt(text);
}
