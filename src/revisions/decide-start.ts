import type { LogReset, LogResetReason } from './log-reset.ts';

/** What was known of both logs when the group's offset was committed; kept with the offset. */
export interface LogMark {
  readonly events: {
    /** Absent on brokers that have no ids. */
    readonly topicId?: string;
    /** Of the leader that wrote the last record before the offset; −1 when it is not known. */
    readonly epoch: number;
  };
  readonly latest: {
    readonly topicId?: string;
    /** Behind the last state that was written. */
    readonly end: number;
  };
}

/** A log as it is now. */
export interface LogState {
  readonly topicId?: string;
  readonly earliest: number;
  /** The first offset that has no record. */
  readonly end: number;
}

export interface StartFacts {
  /** Absent when the group has no offset. */
  readonly committed?: { readonly offset: number; readonly mark?: LogMark };
  /** Of the events topic when this process read it last. */
  readonly lastTopicId?: string;
  /** `epochEnd`: where the records of the marked epoch end; −1 when the log knows no such epoch, absent when unknown. */
  readonly events: LogState & { readonly epochEnd?: number };
  /** `hasStates`: somebody has committed some; asked only when the group has no offset. */
  readonly latest: LogState & { readonly hasStates?: boolean };
}

export interface StartDecision {
  readonly startOffset: number;
  readonly resets: readonly LogReset[];
}

/** Where a partition goes on, and whatever keeps it from going on where the group stands. */
export function decideStart(facts: StartFacts): StartDecision {
  const { events } = facts;
  const input = judgeEvents(facts);
  const lost = judgeLatest(facts);
  // States are a function of the events: what the latest-state topic has lost is made anew from what is left of them.
  const startOffset = lost === undefined ? input.startOffset : events.earliest;
  const reasons = [input.reason, lost].filter((reason) => reason !== undefined);
  const committedOffset = facts.committed?.offset;
  return {
    startOffset,
    resets: reasons.map((reason) => ({
      reason,
      ...(committedOffset !== undefined && { committedOffset }),
      startOffset,
    })),
  };
}

function judgeEvents({ committed, lastTopicId, events, latest }: StartFacts): {
  readonly startOffset: number;
  readonly reason?: LogResetReason;
} {
  const { earliest, end, epochEnd } = events;
  if (committed === undefined) {
    // Kafka forgets the offsets of a topic that is deleted.
    const reason = areDifferent(lastTopicId, events.topicId)
      ? 'topic_recreated'
      : latest.hasStates === true
        ? 'offset_lost'
        : undefined;
    return { startOffset: earliest, ...(reason && { reason }) };
  }
  const { offset, mark } = committed;
  if (areDifferent(mark?.events.topicId, events.topicId)) {
    return { startOffset: earliest, reason: 'topic_recreated' };
  }
  if (epochEnd !== undefined && epochEnd >= 0 && epochEnd < offset) {
    return { startOffset: Math.max(earliest, epochEnd), reason: 'log_truncated' };
  }
  if (offset > end || epochEnd === -1) {
    return { startOffset: earliest, reason: 'log_truncated' };
  }
  return offset < earliest ? { startOffset: earliest, reason: 'records_expired' } : { startOffset: offset };
}

function judgeLatest({ committed, latest }: StartFacts): LogResetReason | undefined {
  const mark = committed?.mark?.latest;
  if (mark === undefined) {
    return undefined;
  }
  if (areDifferent(mark.topicId, latest.topicId)) {
    return 'latest_recreated';
  }
  return latest.end < mark.end ? 'latest_truncated' : undefined;
}

function areDifferent(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}
