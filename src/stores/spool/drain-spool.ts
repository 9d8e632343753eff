import { setTimeout as delay } from 'node:timers/promises';
import type { RejectionReason, Sink, SinkRecord } from '../../ports/sink.ts';
import { Backoff } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { hasCode, toError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { UnreadRangeError } from '../../runtime/range-reader.ts';
import { isSegmentRemoved } from '../journal/journal-segment.ts';
import { readSegment } from '../journal/read-segment.ts';
import type { Spool, UndrainedSegmentRange } from './spool.ts';

export interface DrainSpoolDeps {
  /** Returns the open spool, or `undefined` while the spool is not open. */
  readonly current: () => Spool | undefined;
  readonly store: Pick<Sink, 'append' | 'health'>;
  /** Dead-letter topic of each events topic. */
  readonly deadLetterTopics: ReadonlyMap<string, string>;
  readonly onDrained: (outcome: DrainedRecordOutcome) => void;
  /** Called, possibly many times, when records cannot be drained. @param problem human-readable reason */
  readonly report: (problem: string) => void;
  /** Called, possibly many times, when the spool is empty. */
  readonly onEmpty: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: AbortSignal;
}

/** Outcome of a drained record. `dead_lettered` means that the store rejected the record and stored its dead letter. */
export type DrainedRecordOutcome = 'stored' | 'dead_lettered';

const attemptTimeoutMs = 5_000;
const drainPollIntervalMs = 200;
/**
 * Pause in milliseconds between segments. Each poll ends the segment that is being written, so frequent polls would
 * create many small segments.
 */
const segmentPauseMs = 50;
const retryDelayMs = { first: 100, last: 10_000 };
/**
 * Delay in milliseconds before rewriting records that an available store does not accept, to limit the load on the
 * disk.
 */
const rewriteDelayMs = 250;

/**
 * Moves records from the spool to the store, oldest segment first, until stopped. If some records fail while the store
 * accepts others, the failed records are rewritten at the end of the spool. An unavailable part of the store therefore
 * does not delay other records. However, records may be stored in a different order than they arrived.
 */
export async function drainSpool(deps: DrainSpoolDeps): Promise<void> {
  const { current, report, onEmpty, stop } = deps;
  const backoff = new Backoff(retryDelayMs);
  while (!stop.aborted) {
    const spool = current();
    let undrainedRange: UndrainedSegmentRange | undefined;
    try {
      undrainedRange = await spool?.takeOldest();
      if (spool !== undefined && undrainedRange === undefined) {
        onEmpty();
      } else if (spool !== undefined && undrainedRange !== undefined) {
        await drainSegment(spool, undrainedRange, deps);
      }
      backoff.reset();
      await delayUnlessStopped(undrainedRange === undefined ? drainPollIntervalMs : segmentPauseMs, stop);
    } catch (error) {
      report(toError(error).message);
      if (undrainedRange !== undefined) {
        spool?.moveToEnd(undrainedRange.name);
      }
      await delayUnlessStopped(backoff.next(), stop);
    }
  }
}

async function drainSegment(
  spool: Spool,
  { name, start, end }: UndrainedSegmentRange,
  deps: DrainSpoolDeps,
): Promise<void> {
  const { directory } = spool;
  const { logger } = deps;
  let hasDamagedRecord = false;
  try {
    for await (const { entries, next, badLine } of readSegment(directory, name, { start, end })) {
      const records = entries.map(({ record }) => record);
      if (!(await drainRecords(spool, records, deps))) {
        return;
      }
      if (badLine !== undefined) {
        logger.error(
          badLine,
          'the spool has a line that is not a record: the segment is kept and gets the suffix .damaged',
        );
        hasDamagedRecord = true;
      }
      // After a bad line, progress is no longer saved, because the next process must read that line to detect that
      // the segment is damaged.
      if (!hasDamagedRecord) {
        await spool.saveProgress(name, next.offset);
      }
    }
  } catch (error) {
    const isTargetMissing = hasCode(error, 'ENOENT') && (await isSegmentRemoved(directory, name));
    if (!isTargetMissing && !(error instanceof UnreadRangeError)) {
      throw error;
    }
    logger.error(
      { err: error, segment: name },
      'a segment of the spool was removed or truncated: its remaining events are lost',
    );
    hasDamagedRecord = true;
  }
  await spool.remove(name, hasDamagedRecord);
}

/** Stores records, and rewrites records that fail. @returns false if draining was stopped first */
async function drainRecords(
  spool: Spool,
  records: readonly SinkRecord[],
  deps: DrainSpoolDeps,
): Promise<boolean> {
  const { store, report, clock, stop } = deps;
  const backoff = new Backoff(retryDelayMs);
  let waitingRecords = records;
  while (waitingRecords.length > 0 && !stop.aborted) {
    const deadline = clock.now() + attemptTimeoutMs;
    const drainAttempts = await Promise.all(
      waitingRecords.map((record) => storeRecord(record, deadline, deps)),
    );
    const failedRecords = drainAttempts.filter((attempt) => attempt !== undefined);
    waitingRecords = failedRecords.map(({ record }) => record);
    const [first] = failedRecords;
    if (first === undefined) {
      return true;
    }
    report(first.problem);
    const hasProgressed = waitingRecords.length < records.length;
    if (hasProgressed || store.health().up) {
      if (!hasProgressed) {
        await delayUnlessStopped(rewriteDelayMs, stop);
      }
      try {
        await spool.requeue(waitingRecords, attemptTimeoutMs);
        return true;
      } catch (error) {
        report(toError(error).message);
      }
    }
    await delayUnlessStopped(backoff.next(), stop);
  }
  return waitingRecords.length === 0;
}

interface RecordFailure {
  readonly record: SinkRecord;
  /** Human-readable reason for the failure. */
  readonly problem: string;
}

/**
 * Stores one record. If the store rejects the record, stores its dead letter instead.
 *
 * @returns the reason for a failure, or `undefined` if the record or its dead letter is stored
 */
async function storeRecord(
  record: SinkRecord,
  deadline: number,
  { store, deadLetterTopics, onDrained }: DrainSpoolDeps,
): Promise<RecordFailure | undefined> {
  try {
    const [rejection] = await store.append([record], deadline);
    if (rejection === undefined) {
      onDrained('stored');
      return undefined;
    }
    const topic = deadLetterTopics.get(record.topic);
    const [deadLetterRejection] =
      topic === undefined
        ? [rejection]
        : await store.append([toDeadLetter(record, topic, rejection.reason)], deadline);
    if (deadLetterRejection === undefined) {
      onDrained('dead_lettered');
      return undefined;
    }
    return {
      record,
      problem: `the store rejected a record of ${record.topic} and also the dead letter for this record: ${deadLetterRejection.reason}`,
    };
  } catch (error) {
    return { record, problem: toError(error).message };
  }
}

/** Converts a record to its dead letter, whose value is the body of a delivery that contains only this event. */
function toDeadLetter({ value, headers }: SinkRecord, topic: string, reason: RejectionReason): SinkRecord {
  return { topic, key: null, value, headers: { ...headers, reason, 'batch-size': '1' } };
}

/** Waits for a period, or until the loop is stopped. */
async function delayUnlessStopped(ms: number, stop: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: stop }).catch(() => {});
}
