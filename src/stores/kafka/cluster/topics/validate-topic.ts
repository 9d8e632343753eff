import { kafkaTopicSettings, nameTopicSettings } from '../../../../config/store-settings.ts';
import type { TopicFinding, TopicValidation } from '../../../../ports/topics.ts';
import { formatCount } from '../../../../runtime/format.ts';
import { type ExpectedTopic, toRecordRole } from './expected-topics.ts';
import type { TopicFacts } from './topic-facts.ts';
import {
  findEventRetentionMs,
  findTombstoneRetentionMs,
  formatSettingMs,
  type TopicSettings,
} from './topic-settings.ts';

/** Limit in bytes below which a topic's `max.message.bytes` causes a warning. The Kafka default is slightly higher. */
const usualMaxMessageBytes = 1_000_000;
/** Allowance in bytes for the key, headers and framing of a record. */
const recordOverheadBytes = 16_384;
const dayMs = 86_400_000;

/**
 * Checks all requirements for a topic. The sink, the revision filter, and the commands `check` and `topics` share
 * these checks and differ only in their reaction to a finding. A finding with the verdict `error` means that the
 * topic is unusable.
 *
 * @param events events topics whose revision filters use this topic; several filters may share a dead-letter topic
 */
export function validateTopic(
  expected: ExpectedTopic,
  facts: TopicFacts,
  events: readonly TopicFacts[] = [],
): TopicValidation {
  const { role } = expected;
  if (!facts.exists) {
    const settings = nameTopicSettings(kafkaTopicSettings, toRecordRole(role));
    return toTopicValidation([
      createErrorFinding(
        `The topic does not exist: check ${settings}, or create it with "comapi-webhook topics".`,
      ),
    ]);
  }
  const { settings } = facts;
  return toTopicValidation([
    ...validateReplicas(facts),
    ...(settings === undefined
      ? [
          createWarningFinding(
            'The settings of the topic cannot be read: grant this client DescribeConfigs on the topic.',
          ),
        ]
      : [
          ...validateInSync(facts, settings),
          ...validateSize(expected, settings),
          ...validateCleanup(expected, settings),
        ]),
    ...events.flatMap((each) => [
      ...(role === 'latest'
        ? [...validatePartitionCounts(each, facts).findings, ...validateTombstones(each, facts)]
        : []),
      ...(role === 'dead_letter' ? validateDeadLetterSize(each, facts) : []),
    ]),
  ]);
}

/**
 * Checks that the partition counts are equal, because the filter writes events from partition n to partition n of the
 * latest-state topic.
 */
export function validatePartitionCounts(events: TopicFacts, latest: TopicFacts): TopicValidation {
  return toTopicValidation(
    events.exists && latest.exists && events.partitionCount !== latest.partitionCount
      ? [
          createErrorFinding(
            `${events.topic} has ${formatCount(events.partitionCount, 'partition')} but ${latest.topic} has ${latest.partitionCount}: both need the same number.`,
          ),
        ]
      : [],
  );
}

function validateReplicas({ replicationFactor }: TopicFacts): TopicFinding[] {
  return replicationFactor === 1
    ? [
        createWarningFinding(
          'The topic has only one replica: if the broker with this replica loses its disk, acknowledged records are lost.',
        ),
      ]
    : [];
}

function validateInSync(
  { replicationFactor, inSyncCounts }: TopicFacts,
  settings: TopicSettings,
): TopicFinding[] {
  const { minInSyncReplicas: least, uncleanLeaderElection, unreported } = settings;
  const findings: TopicFinding[] = [];
  if (replicationFactor > 0 && least > replicationFactor) {
    findings.push(
      createWarningFinding(
        `min.insync.replicas is ${least}, but the topic has only ${formatCount(replicationFactor, 'replica')}: older brokers reject every write.`,
      ),
    );
  } else if (replicationFactor > 1 && least === 1 && !unreported.has('min.insync.replicas')) {
    findings.push(
      createWarningFinding(
        'min.insync.replicas is 1: a record is acknowledged even if only the leader has stored it. Set min.insync.replicas to 2 or more.',
      ),
    );
  } else if (replicationFactor > 1 && least === replicationFactor) {
    findings.push(
      createWarningFinding(
        `min.insync.replicas is ${least}, the same as the number of replicas: if a single broker is down, no writes succeed.`,
      ),
    );
  }
  if (uncleanLeaderElection) {
    findings.push(
      createWarningFinding(
        'unclean.leader.election.enable is true: a replica without some of the acknowledged records may become leader.',
      ),
    );
  }
  const underReplicatedCount = inSyncCounts.filter((count) => count < least).length;
  if (underReplicatedCount > 0 && least <= replicationFactor) {
    findings.push(
      createWarningFinding(
        `${formatCount(underReplicatedCount, 'partition has', 'partitions have')} fewer than ${least} in-sync replicas, so some writes are rejected now.`,
      ),
    );
  }
  return findings;
}

function validateSize(
  { role, largestValueBytes }: ExpectedTopic,
  { maxMessageBytes, unreported }: TopicSettings,
): TopicFinding[] {
  if (role === 'dead_letter') {
    const requiredBytes = largestValueBytes + recordOverheadBytes;
    const limit = unreported.has('max.message.bytes')
      ? `The broker does not report max.message.bytes, and Kafka's default is ${maxMessageBytes}`
      : `max.message.bytes is ${maxMessageBytes}`;
    return maxMessageBytes < requiredBytes
      ? [
          createWarningFinding(
            `${limit}: a dead letter can contain a whole request body. Set max.message.bytes to ${requiredBytes} or more.`,
          ),
        ]
      : [];
  }
  return maxMessageBytes < usualMaxMessageBytes
    ? [
        createWarningFinding(
          `max.message.bytes is ${maxMessageBytes}: larger events go to the dead-letter topic.`,
        ),
      ]
    : [];
}

function validateDeadLetterSize(events: TopicFacts, deadLetter: TopicFacts): TopicFinding[] {
  const [eventBytes, deadLetterBytes] = [toMaxMessageBytes(events), toMaxMessageBytes(deadLetter)];
  return eventBytes !== undefined && deadLetterBytes !== undefined && deadLetterBytes < eventBytes
    ? [
        createWarningFinding(
          `${deadLetter.topic} accepts records of at most ${deadLetterBytes} bytes, but ${events.topic} accepts ${eventBytes} bytes: if the revision filter cannot move a larger record to the dead-letter topic, it stops at that record.`,
        ),
      ]
    : [];
}

/** Returns the size limit of the topic, or `undefined` if the limit is unknown. */
function toMaxMessageBytes({ settings }: TopicFacts): number | undefined {
  return settings?.unreported.has('max.message.bytes') ? undefined : settings?.maxMessageBytes;
}

/** Checks that tombstones outlive the events, so that remaining events cannot restore a state that `forget` erased. */
function validateTombstones(
  { topic, settings: events }: TopicFacts,
  { settings }: TopicFacts,
): TopicFinding[] {
  if (events === undefined || settings === undefined || !settings.cleanupPolicy.includes('compact')) {
    return [];
  }
  if (events.unreported.has('retention.ms') || settings.unreported.has('delete.retention.ms')) {
    return [];
  }
  const eventRetentionMs = findEventRetentionMs(events);
  return findTombstoneRetentionMs(settings) < eventRetentionMs
    ? [
        createWarningFinding(
          `The topic removes the tombstone of an erased state before ${topic} removes the events of the same entity (retention.ms and segment.ms): a filter that reads these events again restores the state. Set delete.retention.ms${settings.cleanupPolicy.includes('delete') ? ' and retention.ms' : ''} to ${formatSettingMs(eventRetentionMs)} or more.`,
        ),
      ]
    : [];
}

function validateWindow(
  { windowMs }: ExpectedTopic,
  { cleanupPolicy, retentionMs }: TopicSettings,
): TopicFinding[] {
  return windowMs !== undefined &&
    cleanupPolicy.includes('delete') &&
    retentionMs >= 0 &&
    retentionMs < windowMs
    ? [
        createWarningFinding(
          `retention.ms is ${retentionMs}, below FILTER_WINDOW (${windowMs} ms): after a restart, the filter lacks the states of some entities and forwards their obsolete events.`,
        ),
      ]
    : [];
}

function validateCleanup(expected: ExpectedTopic, settings: TopicSettings): TopicFinding[] {
  const { role } = expected;
  const { cleanupPolicy, retentionMs, unreported } = settings;
  const isCompacted = cleanupPolicy.includes('compact');
  if (role === 'latest' && unreported.has('cleanup.policy')) {
    return [
      createWarningFinding(
        'The broker does not report cleanup.policy: latest states expire unless cleanup.policy is compact.',
      ),
    ];
  }
  if (role === 'latest') {
    return isCompacted
      ? validateWindow(expected, settings)
      : [
          createErrorFinding(
            'cleanup.policy must be compact: otherwise the latest states of entities expire.',
          ),
        ];
  }
  if (isCompacted) {
    return role === 'dead_letter'
      ? [
          createErrorFinding(
            'cleanup.policy is compact: the topic rejects dead letters, because they have no key.',
          ),
        ]
      : [createWarningFinding('cleanup.policy is compact: compaction removes earlier events of an entity.')];
  }
  return retentionMs >= 0 && retentionMs < dayMs
    ? [createWarningFinding(`retention.ms is ${retentionMs}: records may be deleted within a day.`)]
    : [];
}

function toTopicValidation(findings: readonly TopicFinding[]): TopicValidation {
  const verdict = findings.some((finding) => finding.verdict === 'error')
    ? 'error'
    : findings.length > 0
      ? 'warning'
      : 'ok';
  return { verdict, findings };
}

function createErrorFinding(message: string): TopicFinding {
  return { verdict: 'error', message };
}

function createWarningFinding(message: string): TopicFinding {
  return { verdict: 'warning', message };
}
