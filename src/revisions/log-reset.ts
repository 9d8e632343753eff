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
