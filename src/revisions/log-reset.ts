/** Why a partition does not go on where the group stood. Also the label of a metric. */
export type LogResetReason =
  | 'topic_recreated'
  | 'log_truncated'
  | 'offset_lost'
  | 'records_expired'
  | 'latest_recreated'
  | 'latest_truncated';

/** A log that is not the continuation of what was read from it, or of what was written to it. */
export interface LogReset {
  readonly reason: LogResetReason;
  /** Where the group stood; absent when it has no offset. */
  readonly committedOffset?: number;
  /** Where the events topic is read from now. */
  readonly startOffset: number;
}

const sentences: Readonly<Record<LogResetReason, string>> = {
  topic_recreated:
    'the events topic was made again: all that is in the new one is filtered, its states are kept',
  log_truncated:
    'the events topic has lost records that were filtered: it is filtered from where it differs, its states are kept',
  offset_lost:
    'the group has no offset though there are states: the topic was made again or the offset expired, all is filtered',
  records_expired:
    'records were deleted from the events topic before they were filtered: they are lost to the filter',
  latest_recreated:
    'the latest-state topic was made again: its states are made anew from all that the events topic still has',
  latest_truncated:
    'the latest-state topic has lost states: they are made anew from all that the events topic still has',
};

export const logResetReasons = Object.keys(sentences) as readonly LogResetReason[];

/** What a reset means, for the log. */
export function describeLogReset({ reason }: LogReset): string {
  return sentences[reason];
}
