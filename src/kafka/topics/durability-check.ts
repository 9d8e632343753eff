import type { ExpectedTopic, TopicFacts, TopicRole } from './topic-facts.ts';
import type { TopicSettings } from './topic-settings.ts';

export type Verdict = 'ok' | 'warning' | 'error';

export interface Finding {
  readonly verdict: Exclude<Verdict, 'ok'>;
  /** One sentence for a person: what is, and what that means. */
  readonly message: string;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** Kafka's default is a little above. */
const usualMaxMessageBytes = 1_000_000;
/** Key, headers and framing around a value. */
const recordOverheadBytes = 16_384;
const dayMs = 86_400_000;

/** Whether a topic can keep what it acknowledges. `error`: it cannot be written as it is, or holds the wrong records. */
export function judgeTopic(expected: ExpectedTopic, facts: TopicFacts): Judgement {
  if (!facts.exists) {
    return conclude([error(`The topic does not exist; "comapi-webhook topics" creates it.`)]);
  }
  const { settings } = facts;
  if (settings === undefined) {
    return conclude([
      ...judgeReplicas(facts),
      warning('Its settings cannot be read: give this client the right DescribeConfigs on the topic.'),
    ]);
  }
  return conclude([
    ...judgeReplicas(facts),
    ...judgeInSync(facts, settings),
    ...judgeSize(expected, settings),
    ...judgeCleanup(expected.role, settings),
  ]);
}

/** The revision filter writes partition n of `latest` from partition n of `events`. */
export function judgePartitionCounts(events: TopicFacts, latest: TopicFacts): Judgement {
  const equal = events.partitionCount === latest.partitionCount || !events.exists || !latest.exists;
  return conclude(
    equal
      ? []
      : [
          error(
            `The events topic has ${events.partitionCount} partitions, the latest-state topic ${latest.partitionCount}: the revision filter needs the same number.`,
          ),
        ],
  );
}

function judgeReplicas({ replicationFactor }: TopicFacts): Finding[] {
  return replicationFactor === 1
    ? [warning('It has one replica: when its broker loses its disk, acknowledged records are lost.')]
    : [];
}

function judgeInSync({ replicationFactor, inSyncCounts }: TopicFacts, settings: TopicSettings): Finding[] {
  const { minInSyncReplicas: least, uncleanLeaderElection, unreported } = settings;
  const findings: Finding[] = [];
  if (replicationFactor > 0 && least > replicationFactor) {
    findings.push(
      warning(
        `min.insync.replicas is ${least}, but it has only ${replicationFactor} replicas: older brokers refuse every write.`,
      ),
    );
  } else if (replicationFactor > 1 && least === 1 && !unreported.has('min.insync.replicas')) {
    findings.push(
      warning(
        'min.insync.replicas is 1: a record that only the leader has is acknowledged; set it to 2 or more.',
      ),
    );
  } else if (replicationFactor > 1 && least === replicationFactor) {
    findings.push(
      warning(
        `min.insync.replicas is ${least}, as many as there are replicas: one broker down stops all writes.`,
      ),
    );
  }
  if (uncleanLeaderElection) {
    findings.push(
      warning(
        'unclean.leader.election.enable is true: a replica that lacks acknowledged records may become leader.',
      ),
    );
  }
  const short = inSyncCounts.filter((count) => count < least).length;
  if (short > 0 && least <= replicationFactor) {
    findings.push(
      warning(
        `${short} of its partitions have fewer in-sync replicas than ${least} now: they refuse writes.`,
      ),
    );
  }
  return findings;
}

function judgeSize(
  { role, largestValueBytes }: ExpectedTopic,
  { maxMessageBytes, unreported }: TopicSettings,
): Finding[] {
  const needed = largestValueBytes + recordOverheadBytes;
  const is = unreported.has('max.message.bytes') ? "is not reported, Kafka's default is" : 'is';
  if (role === 'dead_letter' && maxMessageBytes < needed) {
    return [
      warning(
        `max.message.bytes ${is} ${maxMessageBytes}: a dead letter can be a whole body, so it should be ${needed} or more.`,
      ),
    ];
  }
  return maxMessageBytes < usualMaxMessageBytes
    ? [warning(`max.message.bytes is ${maxMessageBytes}: larger events go to the dead-letter topic.`)]
    : [];
}

function judgeCleanup(role: TopicRole, settings: TopicSettings): Finding[] {
  const { cleanupPolicy, retentionMs, unreported } = settings;
  const compacted = cleanupPolicy.includes('compact');
  if (role === 'latest' && unreported.has('cleanup.policy')) {
    return [warning('cleanup.policy is not reported: it must be compact, or the latest state would expire.')];
  }
  if (role === 'latest') {
    return compacted
      ? []
      : [error('cleanup.policy must be compact: the latest state of an entity would expire.')];
  }
  if (compacted) {
    return role === 'dead_letter'
      ? [error('cleanup.policy is compact: it refuses dead letters, which have no key.')]
      : [warning('cleanup.policy is compact: earlier events of an entity are removed.')];
  }
  return retentionMs >= 0 && retentionMs < dayMs
    ? [warning(`retention.ms is ${retentionMs}: records are deleted within a day.`)]
    : [];
}

function conclude(findings: readonly Finding[]): Judgement {
  const verdict = findings.some((finding) => finding.verdict === 'error')
    ? 'error'
    : findings.length > 0
      ? 'warning'
      : 'ok';
  return { verdict, findings };
}

function error(message: string): Finding {
  return { verdict: 'error', message };
}

function warning(message: string): Finding {
  return { verdict: 'warning', message };
}
