import type {
  ChosenTopicSetting,
  NewTopicOptions,
  TopicDifference,
  TopicReport,
} from '../../../../ports/topics.ts';
import { type ExpectedTopic, type TopicRole, toRecordRole } from './expected-topics.ts';
import type { TopicFacts } from './topic-facts.ts';
import { defaultTopicSettings, findEventRetentionMs, formatSettingMs } from './topic-settings.ts';
import { validateTopic } from './validate-topic.ts';

/**
 * Settings with which a topic would be created. `validate-topic.ts` decides which differences from the plan are
 * harmful.
 */
export interface TopicPlan extends ExpectedTopic {
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** Setting values, by Kafka's setting name. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface TopicPlanOptions extends NewTopicOptions {
  readonly expected: readonly ExpectedTopic[];
  readonly brokerCount: number;
}

const dayMs = 86_400_000;
const mebibyte = 1_048_576;

/**
 * Plans the topics. With at least three brokers, each topic has three replicas, two of which must store a record
 * before it is acknowledged. No record is then lost even if one broker is down and another one loses its disk. With
 * fewer brokers, this guarantee is impossible, and `validateTopic` warns about it.
 */
export function planTopics(options: TopicPlanOptions): TopicPlan[] {
  const plans = planTopic(options);
  const retentionTimes = plans
    .filter(({ role }) => role === 'events')
    .map(({ settings }) => findPlannedRetentionMs(settings));
  return plans.map((plan) =>
    setTombstoneRetention(plan, Math.max(0, ...retentionTimes), options.chosenSettings),
  );
}

/** Sets how long a latest-state topic keeps tombstones, unless the operator has chosen a time. */
export function setTombstoneRetention(
  plan: TopicPlan,
  lifeMs: number,
  chosen: TopicPlanOptions['chosenSettings'] = [],
): TopicPlan {
  const name = 'delete.retention.ms';
  if (plan.role !== 'latest' || name in selectSettingsForRole(plan.role, chosen)) {
    return plan;
  }
  return { ...plan, settings: { ...plan.settings, [name]: formatSettingMs(lifeMs) } };
}

/** Assumes the Kafka default for `segment.ms`, because the default of the brokers is unknown until a topic exists. */
function findPlannedRetentionMs(settings: TopicPlan['settings']): number {
  const retentionMs = Number(settings['retention.ms']);
  const segmentMs = Number(settings['segment.ms'] ?? defaultTopicSettings.segmentMs);
  return findEventRetentionMs({ retentionMs, segmentMs });
}

function planTopic({
  expected,
  partitionCount,
  brokerCount,
  replicationFactor = Math.min(3, brokerCount),
  minInSyncReplicas = Math.max(1, replicationFactor - 1),
  deadLetterPartitionCount = Math.min(partitionCount, 3),
  chosenSettings = [],
}: TopicPlanOptions): TopicPlan[] {
  return expected.map((topic) => ({
    ...topic,
    partitionCount: topic.role === 'dead_letter' ? deadLetterPartitionCount : partitionCount,
    replicationFactor,
    settings: {
      'min.insync.replicas': String(minInSyncReplicas),
      ...toSettings(topic),
      ...selectSettingsForRole(topic.role, chosenSettings),
    },
  }));
}

/**
 * Returns the chosen settings for topics with a role, by name. A setting for one role overrides a setting for all
 * roles.
 */
function selectSettingsForRole(
  role: TopicRole,
  chosen: readonly ChosenTopicSetting[],
): Readonly<Record<string, string>> {
  const own = toRecordRole(role);
  return Object.fromEntries(
    [undefined, own].flatMap((wanted) =>
      chosen.filter((setting) => setting.role === wanted).map(({ name, value }) => [name, value] as const),
    ),
  );
}

function toSettings({ role, largestValueBytes }: ExpectedTopic): Readonly<Record<string, string>> {
  const settings: Readonly<Record<TopicRole, Readonly<Record<string, string>>>> = {
    events: { 'cleanup.policy': 'delete', 'retention.ms': String(7 * dayMs) },
    dead_letter: {
      'cleanup.policy': 'delete',
      'retention.ms': String(30 * dayMs),
      'max.message.bytes': String(Math.max(12 * mebibyte, largestValueBytes + mebibyte)),
    },
    latest: { 'cleanup.policy': 'compact' },
  };
  return settings[role];
}

/**
 * Checks the replica counts before the request, because the error of a broker names neither the number of brokers nor
 * the option.
 *
 * @throws {Error} if the cluster has too few brokers for the replicas
 */
export function checkReplicas({ topic, replicationFactor, settings }: TopicPlan, brokerCount: number): void {
  const minInSyncReplicas = Number(settings['min.insync.replicas']);
  if (replicationFactor > brokerCount) {
    throw new Error(
      `the topic ${topic} needs ${replicationFactor} brokers for its ${replicationFactor} replicas, but the cluster has ${brokerCount}. Lower or omit --replication-factor (in the chart: topics.replicationFactor)`,
    );
  }
  if (minInSyncReplicas > replicationFactor) {
    throw new Error(
      `the topic ${topic} would require ${minInSyncReplicas} in-sync replicas, but its replication factor is ${replicationFactor}, so every write would be rejected. Lower or omit --min-insync-replicas (in the chart: topics.minInsyncReplicas)`,
    );
  }
}

interface ReportContext {
  readonly created: boolean;
  readonly facts: TopicFacts | undefined;
  /** Events topics whose revision filters use this topic. */
  readonly events: readonly TopicFacts[];
}

export function toTopicReport(plan: TopicPlan, { created, facts, events }: ReportContext): TopicReport {
  const { topic, partitionCount, replicationFactor } = plan;
  if (facts?.exists !== true) {
    return { topic, outcome: 'missing', partitionCount, replicationFactor, differences: [], findings: [] };
  }
  return {
    topic,
    outcome: created ? 'created' : 'present',
    partitionCount: facts.partitionCount,
    replicationFactor: facts.replicationFactor,
    differences: listTopicDifferences(plan, facts),
    findings: validateTopic(plan, facts, events).findings,
  };
}

function listTopicDifferences(plan: TopicPlan, facts: TopicFacts): TopicDifference[] {
  const unreportedSettings: ReadonlySet<string> = facts.settings?.unreported ?? new Set();
  const differences = [
    ['partitions', plan.partitionCount, facts.partitionCount] as const,
    ['replication factor', plan.replicationFactor, facts.replicationFactor] as const,
    ...Object.entries(plan.settings).map(([name, wanted]) => {
      const actualSettings = unreportedSettings.has(name)
        ? 'not reported'
        : (facts.reported?.get(name) ?? 'unknown');
      return [name, wanted, actualSettings] as const;
    }),
  ];
  return differences
    .filter(([, wanted, actual]) => wanted !== actual)
    .map(([setting, wanted, actual]) => ({ setting, wanted: String(wanted), actual: String(actual) }));
}
