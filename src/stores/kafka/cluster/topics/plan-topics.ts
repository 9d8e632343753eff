import type {
  ChosenTopicSetting,
  NewTopicOptions,
  TopicDifference,
  TopicReport,
} from '../../../../ports/topics.ts';
import { type ExpectedTopic, type TopicRole, toRecordRole } from './expect-topics.ts';
import type { TopicFacts } from './topic-facts.ts';
import { defaultTopicSettings, findEventRetentionMs, toSettingMs } from './topic-settings.ts';
import { validateTopic } from './validate-topic.ts';

/** A topic as it would be created. `validate-topic.ts` says which differences from it do harm. */
export interface TopicPlan extends ExpectedTopic {
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** By Kafka's names. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface TopicPlanOptions extends NewTopicOptions {
  readonly expected: readonly ExpectedTopic[];
  readonly brokerCount: number;
}

const dayMs = 86_400_000;
const mebibyte = 1_048_576;

/**
 * Three replicas, of which two must have a record before it is acknowledged: one broker may be down, and another may
 * then lose its disk. Fewer brokers allow less, and `validateTopic` warns of it.
 */
export function planTopics(options: TopicPlanOptions): TopicPlan[] {
  const plans = planEach(options);
  const lives = plans
    .filter(({ role }) => role === 'events')
    .map(({ settings }) => findPlannedRetentionMs(settings));
  return plans.map((plan) => keepTombstones(plan, Math.max(0, ...lives), options.chosenSettings));
}

/** With the tombstones of a latest-state topic kept for so long, unless the operator chose a time. */
export function keepTombstones(
  plan: TopicPlan,
  lifeMs: number,
  chosen: TopicPlanOptions['chosenSettings'] = [],
): TopicPlan {
  const name = 'delete.retention.ms';
  if (plan.role !== 'latest' || name in settingsFor(plan.role, chosen)) {
    return plan;
  }
  return { ...plan, settings: { ...plan.settings, [name]: toSettingMs(lifeMs) } };
}

/** The brokers' own default of `segment.ms` is not known before there is a topic. */
function findPlannedRetentionMs(settings: TopicPlan['settings']): number {
  const retentionMs = Number(settings['retention.ms']);
  const segmentMs = Number(settings['segment.ms'] ?? defaultTopicSettings.segmentMs);
  return findEventRetentionMs({ retentionMs, segmentMs });
}

function planEach({
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
      ...settingsFor(topic.role, chosenSettings),
    },
  }));
}

/** The chosen settings of a topic of this role, by name. One for the role wins over one for all. */
function settingsFor(
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

/** A broker would name neither the number of brokers nor the option. @throws {Error} for replicas that cannot be had */
export function checkReplicas({ topic, replicationFactor, settings }: TopicPlan, brokerCount: number): void {
  const inSync = Number(settings['min.insync.replicas']);
  if (replicationFactor > brokerCount) {
    throw new Error(
      `${topic}: ${replicationFactor} replicas need as many brokers, and the cluster has ${brokerCount}: leave --replication-factor out or lower it (in the chart topics.replicationFactor)`,
    );
  }
  if (inSync > replicationFactor) {
    throw new Error(
      `${topic}: ${inSync} in-sync replicas are more than its ${replicationFactor}, so every write would be refused: leave --min-insync-replicas out or lower it (in the chart topics.minInsyncReplicas)`,
    );
  }
}

/** What a topic is now, beside its plan. */
interface ReportContext {
  readonly created: boolean;
  readonly facts: TopicFacts | undefined;
  /** The events topics that revision filters read beside this one. */
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
    differences: compare(plan, facts),
    findings: validateTopic(plan, facts, events).findings,
  };
}

function compare(plan: TopicPlan, facts: TopicFacts): TopicDifference[] {
  const unreported: ReadonlySet<string> = facts.settings?.unreported ?? new Set();
  const differences = [
    ['partitions', plan.partitionCount, facts.partitionCount] as const,
    ['replication factor', plan.replicationFactor, facts.replicationFactor] as const,
    ...Object.entries(plan.settings).map(([name, wanted]) => {
      const actual = unreported.has(name) ? 'not reported' : (facts.reported?.get(name) ?? 'unknown');
      return [name, wanted, actual] as const;
    }),
  ];
  return differences
    .filter(([, wanted, actual]) => wanted !== actual)
    .map(([setting, wanted, actual]) => ({ setting, wanted: String(wanted), actual: String(actual) }));
}
