/** A topic as far as the filter depends on it. */
export interface CheckedTopic {
  readonly name: string;
  /** 0 when it does not exist. */
  readonly partitionCount: number;
  /** `undefined` without the right to read them. */
  readonly settings?: ReadonlyMap<string, string>;
}

export interface FilterTopics {
  readonly events: CheckedTopic;
  readonly latest: CheckedTopic;
  readonly deadLetter: CheckedTopic;
}

export interface TopicsVerdict {
  /** Topics to wait for. */
  readonly missing: readonly string[];
  /** Why the filter must not run. */
  readonly refusal?: string;
  /** What should be changed, but does no harm at once. */
  readonly warnings: readonly string[];
}

/** Entities are found by their partition number, so both topics must spread keys alike. */
export function checkTopics({ events, latest, deadLetter }: FilterTopics): TopicsVerdict {
  const all = [events, latest, deadLetter];
  const missing = all.filter(({ partitionCount }) => partitionCount === 0).map(({ name }) => name);
  if (missing.length > 0) {
    return { missing, warnings: [] };
  }
  if (events.partitionCount !== latest.partitionCount) {
    return {
      missing,
      warnings: [],
      refusal:
        `${events.name} has ${events.partitionCount} partitions, ${latest.name} has ${latest.partitionCount}: ` +
        'both need the same number.',
    };
  }
  return { missing, warnings: [...warnOfPolicy(latest), ...warnOfSize(events, deadLetter)] };
}

function warnOfPolicy({ name, settings }: CheckedTopic): string[] {
  const policy = settings?.get('cleanup.policy');
  return policy === undefined || policy.split(',').includes('compact')
    ? []
    : [
        `${name} has cleanup.policy=${policy}: without "compact" it keeps every state, and deletes the latest ones.`,
      ];
}

function warnOfSize(events: CheckedTopic, deadLetter: CheckedTopic): string[] {
  const [eventBytes, deadLetterBytes] = [events, deadLetter].map(({ settings }) =>
    // Not a number when it was not reported: then nothing is said.
    Number.parseInt(settings?.get('max.message.bytes') ?? '', 10),
  ) as [number, number];
  return deadLetterBytes < eventBytes
    ? [
        `${deadLetter.name} takes ${deadLetterBytes} bytes, ${events.name} ${eventBytes}: a record between the two ` +
          'could not become a dead letter and would stop its partition.',
      ]
    : [];
}
