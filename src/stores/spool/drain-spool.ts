import { setTimeout as delay } from 'node:timers/promises';
import type { RejectionReason, Sink, SinkRecord } from '../../ports/sink.ts';
import { Backoff } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { hasCode, toError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { UnreadRangeError } from '../../runtime/range-reading.ts';
import { isSegmentRemoved } from '../journal/journal-segment.ts';
import { readSegment } from '../journal/read-segment.ts';
import type { SegmentRest, Spool } from './spool.ts';

export interface DrainSpoolDeps {
  /** The spool as it is open now; `undefined` while it is not. */
  readonly current: () => Spool | undefined;
  readonly store: Pick<Sink, 'append' | 'health'>;
  /** Where the dead letters of each topic of events go. */
  readonly deadLetterTopics: ReadonlyMap<string, string>;
  readonly onDrained: (outcome: DrainOutcome) => void;
  /** Records wait. It may run many times. @param problem why, for a person */
  readonly report: (problem: string) => void;
  /** Nothing is left. It may run many times. */
  readonly onEmpty: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: AbortSignal;
}

/** What became of a record: the store has it, or has its dead letter because it rejects it for good. */
export type DrainOutcome = 'stored' | 'dead_lettered';

const attemptMs = 5_000;
const lookMs = 200;
/** While records come all the time each look ends a segment. */
const betweenSegmentsMs = 50;
const retryDelayMs = { first: 100, last: 10_000 };
/** Before records that a living store does not take are written again, so that they keep no disk busy. */
const rewriteDelayMs = 250;

/**
 * Gives the store what the spool holds, from the oldest segment on, until it is stopped. What fails while others pass is
 * written again behind the rest before its place is left: so one part of a store holds up nobody. There is no other order.
 */
export async function drainSpool(deps: DrainSpoolDeps): Promise<void> {
  const { current, report, onEmpty, stop } = deps;
  const backoff = new Backoff(retryDelayMs);
  while (!stop.aborted) {
    const spool = current();
    let rest: SegmentRest | undefined;
    try {
      rest = await spool?.takeOldest();
      if (spool !== undefined && rest === undefined) {
        onEmpty();
      } else if (spool !== undefined && rest !== undefined) {
        await drainSegment(spool, rest, deps);
      }
      backoff.reset();
      await pause(rest === undefined ? lookMs : betweenSegmentsMs, stop);
    } catch (error) {
      report(toError(error).message);
      if (rest !== undefined) {
        spool?.putBehind(rest.name);
      }
      await pause(backoff.next(), stop);
    }
  }
}

async function drainSegment(
  spool: Spool,
  { name, start, end }: SegmentRest,
  deps: DrainSpoolDeps,
): Promise<void> {
  const { directory } = spool;
  const { logger } = deps;
  let isDamaged = false;
  try {
    for await (const { entries, next, badLine } of readSegment(directory, name, { start, end })) {
      const records = entries.map(({ record }) => record);
      if (!(await drainRecords(spool, records, deps))) {
        return;
      }
      if (badLine !== undefined) {
        logger.error(badLine, 'a line of the spool is no record: its segment is kept as .damaged');
        isDamaged = true;
      }
      // From a bad line on the next process begins again: it would not know that the segment has one.
      if (!isDamaged) {
        await spool.noteDrained(name, next.offset);
      }
    }
  } catch (error) {
    const isGone = hasCode(error, 'ENOENT') && (await isSegmentRemoved(directory, name));
    if (!isGone && !(error instanceof UnreadRangeError)) {
      throw error;
    }
    logger.error({ err: error, segment: name }, 'a part of the spool is gone: what it held is lost');
    isDamaged = true;
  }
  await spool.remove(name, isDamaged);
}

/** @returns false when it was stopped before all are stored, or written again */
async function drainRecords(
  spool: Spool,
  records: readonly SinkRecord[],
  deps: DrainSpoolDeps,
): Promise<boolean> {
  const { store, report, clock, stop } = deps;
  const backoff = new Backoff(retryDelayMs);
  let waiting = records;
  while (waiting.length > 0 && !stop.aborted) {
    const deadline = clock.now() + attemptMs;
    const attempts = await Promise.all(waiting.map((record) => drainRecord(record, deadline, deps)));
    const failed = attempts.filter((attempt) => attempt !== undefined);
    waiting = failed.map(({ record }) => record);
    const [first] = failed;
    if (first === undefined) {
      return true;
    }
    report(first.problem);
    const hasPassed = waiting.length < records.length;
    if (hasPassed || store.health().up) {
      if (!hasPassed) {
        await pause(rewriteDelayMs, stop);
      }
      try {
        await spool.appendAgain(waiting, attemptMs);
        return true;
      } catch (error) {
        report(toError(error).message);
      }
    }
    await pause(backoff.next(), stop);
  }
  return waiting.length === 0;
}

interface FailedRecord {
  readonly record: SinkRecord;
  /** For a person. */
  readonly problem: string;
}

/** @returns `undefined` when it is stored, or is a dead letter */
async function drainRecord(
  record: SinkRecord,
  deadline: number,
  { store, deadLetterTopics, onDrained }: DrainSpoolDeps,
): Promise<FailedRecord | undefined> {
  try {
    const [rejection] = await store.append([record], deadline);
    if (rejection === undefined) {
      onDrained('stored');
      return undefined;
    }
    const topic = deadLetterTopics.get(record.topic);
    const [again] =
      topic === undefined
        ? [rejection]
        : await store.append([toDeadLetter(record, topic, rejection.reason)], deadline);
    if (again === undefined) {
      onDrained('dead_lettered');
      return undefined;
    }
    return {
      record,
      problem: `the store rejects a record of ${record.topic}, and its dead letter: ${again.reason}`,
    };
  } catch (error) {
    return { record, problem: toError(error).message };
  }
}

/** What is left of its delivery is the record: its bytes are a whole body of one event. */
function toDeadLetter({ value, headers }: SinkRecord, topic: string, reason: RejectionReason): SinkRecord {
  return { topic, key: null, value, headers: { ...headers, reason, 'batch-size': '1' } };
}

/** Ends early when the loop is stopped. */
async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: stop }).catch(() => {});
}
