/** Reason why a partition does not continue at the group's committed offset. The reason is also a metric label. */
export type LogResetReason =
  | 'topic_recreated'
  | 'log_truncated'
  | 'offset_lost'
  | 'offset_set'
  | 'records_expired'
  | 'latest_recreated'
  | 'latest_truncated';

/** A reset that is necessary because a log does not continue the records that were previously read or written. */
export interface LogReset {
  readonly reason: LogResetReason;
  /** The group's committed offset. Absent if the group has no committed offset. */
  readonly committedOffset?: number;
  /** The offset from which the events topic is read after the reset. */
  readonly startOffset: number;
}

const logResetDescriptions: Readonly<Record<LogResetReason, string>> = {
  topic_recreated:
    'the events topic was recreated: the filter reads the new topic from its start and keeps the existing states',
  log_truncated:
    'the events topic has lost records that were already filtered: the filter continues at the first record that differs and keeps the existing states',
  offset_lost:
    'the consumer group has no committed offset, although latest states exist: the topic was recreated, or the offset expired. The filter reads all remaining events again',
  offset_set:
    'another client changed the offset of the consumer group: the filter continues at the new offset and does not filter the skipped records',
  records_expired:
    'records were deleted from the events topic before the filter had read them: the filter continues at the first remaining record',
  latest_recreated:
    'the latest-state topic was recreated: the filter rebuilds the states from all remaining events',
  latest_truncated:
    'the latest-state topic has lost states: the filter rebuilds these states from all remaining events',
};

export const logResetReasons = Object.keys(logResetDescriptions) as readonly LogResetReason[];

export function describeLogReset({ reason }: LogReset): string {
  return logResetDescriptions[reason];
}

/** The state of both logs at the time when the group's offset was committed. The state is stored with the offset. */
export interface LogCheckpoint {
  readonly events: {
    /** Topic id. Absent if the broker does not support topic ids. */
    readonly topicId?: string;
    /** Leader epoch of the last record before the offset, or −1 if unknown. */
    readonly epoch: number;
  };
  readonly latest: {
    readonly topicId?: string;
    /** The offset after the last written state and its transaction marker. */
    readonly end: number;
  };
}

export interface LogState {
  readonly topicId?: string;
  readonly earliest: number;
  /** End offset of the log, which is the offset that the next record gets. */
  readonly end: number;
}

export interface StartFacts {
  /** The group's committed offset. Absent if the group has no committed offset. */
  readonly committed?: { readonly offset: number; readonly mark?: LogCheckpoint };
  /**
   * The recorded state of the latest-state log (`LogCheckpoint`). It has a second copy, so it is known even if another client
   * has changed the committed offset and thereby removed the mark there.
   */
  readonly latestMark?: LogCheckpoint['latest'];
  /** Id of the events topic at the last read of this process. */
  readonly lastTopicId?: string;
  /**
   * `epochEnd` is the end offset of the leader epoch in `mark`, or −1 if the log does not contain the epoch. Absent if
   * the end offset is unknown.
   */
  readonly events: LogState & { readonly epochEnd?: number };
  /** `hasStates` says whether the topic has committed states. Absent if the group has a committed offset. */
  readonly latest: LogState & { readonly hasStates?: boolean };
}

export interface StartDecision {
  readonly startOffset: number;
  readonly resets: readonly LogReset[];
}

/**
 * Decides at which offset a partition continues, and lists the reasons if the offset differs from the group's
 * committed offset.
 */
export function decideStart(facts: StartFacts): StartDecision {
  const { events } = facts;
  const eventsDecision = evaluateEventsLog(facts);
  const resetReason = evaluateLatestLog(facts);
  // If states were lost, they are rebuilt from all events that still exist.
  const startOffset = resetReason === undefined ? eventsDecision.startOffset : events.earliest;
  const reasons = [eventsDecision.reason, resetReason].filter((reason) => reason !== undefined);
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
    // Kafka deletes the committed offsets of a deleted topic, so a missing offset may mean that the topic was
    // recreated.
    const reason = haveDifferentIds(lastTopicId, events.topicId)
      ? 'topic_recreated'
      : latest.hasStates === true
        ? 'offset_lost'
        : undefined;
    return { startOffset: earliest, ...(reason && { reason }) };
  }
  const { offset, mark } = committed;
  if (haveDifferentIds(mark?.events.topicId, events.topicId)) {
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
  // The filter never commits an offset without a mark, so another program has set such an offset.
  return { startOffset: offset, ...(mark === undefined && { reason: 'offset_set' }) };
}

function evaluateLatestLog({ latestMark: mark, latest }: StartFacts): LogResetReason | undefined {
  if (mark === undefined) {
    return undefined;
  }
  if (haveDifferentIds(mark.topicId, latest.topicId)) {
    return 'latest_recreated';
  }
  return latest.end < mark.end ? 'latest_truncated' : undefined;
}

function haveDifferentIds(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}
