/** Why a partition does not continue at the offset of the group. Also the label of a metric. */
export type LogResetReason =
  | 'topic_recreated'
  | 'log_truncated'
  | 'offset_lost'
  | 'offset_set'
  | 'records_expired'
  | 'latest_recreated'
  | 'latest_truncated';

/** A log does not continue what was read from it or written to it. */
export interface LogReset {
  readonly reason: LogResetReason;
  /** The offset of the group; absent when it has none. */
  readonly committedOffset?: number;
  /** The offset from which the events topic is read now. */
  readonly startOffset: number;
}

const sentences: Readonly<Record<LogResetReason, string>> = {
  topic_recreated: 'the events topic was created again: all of the new one is filtered, its states are kept',
  log_truncated:
    'the events topic has lost records that were filtered: it is filtered from the first difference, its states are kept',
  offset_lost:
    'the group has no offset, but there are states: the topic was created again or the offset expired, all is filtered',
  offset_set:
    'somebody else has set the offset of the group: it counts, and records that it passes over are not filtered',
  records_expired:
    'records were deleted from the events topic before they were filtered: they are lost to the filter',
  latest_recreated:
    'the latest-state topic was created again: its states are made again from all events that are left',
  latest_truncated:
    'the latest-state topic has lost states: they are made again from all events that are left',
};

export const logResetReasons = Object.keys(sentences) as readonly LogResetReason[];

/** The meaning of a reset, for the log. */
export function describeLogReset({ reason }: LogReset): string {
  return sentences[reason];
}

/** What was known about both logs when the group's offset was committed. It is stored with the offset. */
export interface LogMark {
  readonly events: {
    /** Absent on brokers that have no ids. */
    readonly topicId?: string;
    /** Leader epoch of the last record before the offset; −1 when unknown. */
    readonly epoch: number;
  };
  readonly latest: {
    readonly topicId?: string;
    /** Behind the last state that was written, and behind the marker of its transaction. */
    readonly end: number;
  };
}

/** The present state of a log. */
export interface LogState {
  readonly topicId?: string;
  readonly earliest: number;
  /** The first offset that has no record. */
  readonly end: number;
}

export interface StartFacts {
  /** Absent when the group has no offset. */
  readonly committed?: { readonly offset: number; readonly mark?: LogMark };
  /** Also known when somebody else has set the offset, and its mark is lost. */
  readonly latestMark?: LogMark['latest'];
  /** Id of the events topic when this process last read it. */
  readonly lastTopicId?: string;
  /** `epochEnd`: the end of the records of the marked epoch; −1 when the log has no such epoch, absent when unknown. */
  readonly events: LogState & { readonly epochEnd?: number };
  /** `hasStates`: the topic has committed states. Absent when the group has an offset. */
  readonly latest: LogState & { readonly hasStates?: boolean };
}

export interface StartDecision {
  readonly startOffset: number;
  readonly resets: readonly LogReset[];
}

/** Where a partition continues, and every reason why that is not the offset of the group. */
export function decideStart(facts: StartFacts): StartDecision {
  const { events } = facts;
  const input = evaluateEventsLog(facts);
  const lost = evaluateLatestLog(facts);
  // Lost states are made again from the events that are left.
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

function evaluateEventsLog({ committed, lastTopicId, events, latest }: StartFacts): {
  readonly startOffset: number;
  readonly reason?: LogResetReason;
} {
  const { earliest, end, epochEnd } = events;
  if (committed === undefined) {
    // Kafka deletes the offsets of a deleted topic.
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
  if (offset < earliest) {
    return { startOffset: earliest, reason: 'records_expired' };
  }
  // The filter itself commits no offset without a mark.
  return { startOffset: offset, ...(mark === undefined && { reason: 'offset_set' }) };
}

function evaluateLatestLog({ latestMark: mark, latest }: StartFacts): LogResetReason | undefined {
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
