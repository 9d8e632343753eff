import { kafkaTopicSettings, nameTopicSettings } from '../../../../config/store-settings.ts';
import type { TopicFinding, TopicValidation } from '../../../../ports/topics.ts';
import { formatCount } from '../../../../runtime/format.ts';
import { type ExpectedTopic, toRecordRole } from './expect-topics.ts';
import type { TopicFacts } from './topic-facts.ts';
import {
  findEventRetentionMs,
  findTombstoneRetentionMs,
  type TopicSettings,
  toSettingMs,
} from './topic-settings.ts';

/** Kafka's default is a little above. */
const usualMaxMessageBytes = 1_000_000;
/** Key, headers and framing around a value. */
const recordOverheadBytes = 16_384;
const dayMs = 86_400_000;

/**
 * Everything that is demanded of a topic, for the sink, the revision filter, and the commands `check` and `topics`: they
 * differ only in what they do about a finding. `error`: the topic cannot be used as it is.
 *
 * @param events the events topics that revision filters read beside this one: several share a dead-letter topic
 */
export function validateTopic(
  expected: ExpectedTopic,
  facts: TopicFacts,
  events: readonly TopicFacts[] = [],
): TopicValidation {
  const { role } = expected;
  if (!facts.exists) {
    const settings = nameTopicSettings(kafkaTopicSettings, toRecordRole(role));
    return conclude([
      error(`The topic does not exist: check ${settings}, or create it with "comapi-webhook topics".`),
    ]);
  }
  const { settings } = facts;
  return conclude([
    ...validateReplicas(facts),
    ...(settings === undefined
      ? [warning('Its settings cannot be read: give this client the right DescribeConfigs on the topic.')]
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

/** The filter writes partition n of the latest-state topic from partition n of the events topic. */
export function validatePartitionCounts(events: TopicFacts, latest: TopicFacts): TopicValidation {
  return conclude(
    events.exists && latest.exists && events.partitionCount !== latest.partitionCount
      ? [
          error(
            `${events.topic} has ${formatCount(events.partitionCount, 'partition')}, ${latest.topic} has ${latest.partitionCount}: both need the same number.`,
          ),
        ]
      : [],
  );
}

function validateReplicas({ replicationFactor }: TopicFacts): TopicFinding[] {
  return replicationFactor === 1
    ? [warning('It has one replica: when its broker loses its disk, acknowledged records are lost.')]
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
      warning(
        `min.insync.replicas is ${least}, but it has only ${formatCount(replicationFactor, 'replica')}: older brokers refuse every write.`,
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

function validateSize(
  { role, largestValueBytes }: ExpectedTopic,
  { maxMessageBytes, unreported }: TopicSettings,
): TopicFinding[] {
  if (role === 'dead_letter') {
    const needed = largestValueBytes + recordOverheadBytes;
    const is = unreported.has('max.message.bytes') ? "is not reported, Kafka's default is" : 'is';
    return maxMessageBytes < needed
      ? [
          warning(
            `max.message.bytes ${is} ${maxMessageBytes}: a dead letter can be a whole body, so it should be ${needed} or more.`,
          ),
        ]
      : [];
  }
  return maxMessageBytes < usualMaxMessageBytes
    ? [warning(`max.message.bytes is ${maxMessageBytes}: larger events go to the dead-letter topic.`)]
    : [];
}

function validateDeadLetterSize(events: TopicFacts, deadLetter: TopicFacts): TopicFinding[] {
  const [eventBytes, deadLetterBytes] = [toMaxMessageBytes(events), toMaxMessageBytes(deadLetter)];
  return eventBytes !== undefined && deadLetterBytes !== undefined && deadLetterBytes < eventBytes
    ? [
        warning(
          `${deadLetter.topic} takes ${deadLetterBytes} bytes, ${events.topic} ${eventBytes}: a record between the two ` +
            'cannot become a dead letter and stops its partition in the revision filter.',
        ),
      ]
    : [];
}

/** `undefined` when it is not known. */
function toMaxMessageBytes({ settings }: TopicFacts): number | undefined {
  return settings?.unreported.has('max.message.bytes') ? undefined : settings?.maxMessageBytes;
}

/** What `forget` erased must not be made again from events that are still there. */
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
  const lifeMs = findEventRetentionMs(events);
  return findTombstoneRetentionMs(settings) < lifeMs
    ? [
        warning(
          `It forgets that a state was erased before ${topic} has lost its events (retention.ms and segment.ms): a filter that reads them again makes the state anew. Set delete.retention.ms${settings.cleanupPolicy.includes('delete') ? ' and retention.ms' : ''} to ${toSettingMs(lifeMs)} or more.`,
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
        warning(
          `retention.ms is ${retentionMs}, below FILTER_WINDOW (${windowMs} ms): a filter that restarts has forgotten entities, and lets obsolete states pass.`,
        ),
      ]
    : [];
}

function validateCleanup(expected: ExpectedTopic, settings: TopicSettings): TopicFinding[] {
  const { role } = expected;
  const { cleanupPolicy, retentionMs, unreported } = settings;
  const compacted = cleanupPolicy.includes('compact');
  if (role === 'latest' && unreported.has('cleanup.policy')) {
    return [warning('cleanup.policy is not reported: it must be compact, or the latest state would expire.')];
  }
  if (role === 'latest') {
    return compacted
      ? validateWindow(expected, settings)
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

function conclude(findings: readonly TopicFinding[]): TopicValidation {
  const verdict = findings.some((finding) => finding.verdict === 'error')
    ? 'error'
    : findings.length > 0
      ? 'warning'
      : 'ok';
  return { verdict, findings };
}

function error(message: string): TopicFinding {
  return { verdict: 'error', message };
}

function warning(message: string): TopicFinding {
  return { verdict: 'warning', message };
}
