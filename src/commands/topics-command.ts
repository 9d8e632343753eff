import { Command } from 'commander';
import { loadTopicsConfig } from '../config/command-config.ts';
import { loadFilterWindow } from '../config/filter-config.ts';
import { loadReconciledTopic } from '../config/topic-names.ts';
import { type ChosenTopicSetting, type TopicReport, topicRoles } from '../ports/topics.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { type Conclusion, removeFullStop } from '../runtime/finding.ts';
import { toJsonText } from '../runtime/format.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { toLines } from '../runtime/untrusted-text.ts';
import { openStore } from '../stores/open-store.ts';
import { type CommandIo, createCommandLogger, formatTable, writeText } from './command-io.ts';
import { loadConfigWithWarnings } from './load-config.ts';
import { createIntegerParser } from './option-parsers.ts';

interface TopicsOptions {
  readonly partitions: number;
  readonly deadLetterPartitions?: number;
  readonly setting?: readonly string[];
  readonly replicationFactor?: number;
  readonly minInsyncReplicas?: number;
  readonly reconciled?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function createTopicsCommand(io: CommandIo): Command {
  return new Command('topics')
    .description(
      'create missing topics (RabbitMQ: queues, Redis: streams), and print how existing topics differ from new topics',
    )
    .option(
      '--partitions <n>',
      'number of partitions of each events topic and each latest-state topic',
      createIntegerParser(1, 10_000),
      12,
    )
    .option(
      '--dead-letter-partitions <n>',
      'number of partitions of the dead-letter topic (default: 3, but at most --partitions)',
      createIntegerParser(1, 10_000),
    )
    .option(
      '--replication-factor <n>',
      'number of replicas of each partition (default: 3, but at most one for each broker)',
      createIntegerParser(1, 100),
    )
    .option(
      '--min-insync-replicas <n>',
      'number of replicas that must store a record before it is acknowledged (default: one less than the number of replicas)',
      createIntegerParser(1, 100),
    )
    .option(
      '--setting <[role:]name=value...>',
      'Kafka setting for all new topics, or for the new topics of one role (events, dead-letter, latest); may be repeated',
    )
    .option('--reconciled', 'also create the topic for "reconcile --messages --write"')
    .option('--dry-run', 'create nothing, and exit with 1 if a topic is missing')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Reads the broker addresses and the topic names from KAFKA_BROKERS, KAFKA_TOPIC, TOPIC_RULES, KAFKA_DEAD_LETTER_TOPIC and WEBHOOKS_FILE,
as the receiver does. For each events topic, the command also creates a topic of latest states, with ".latest" appended to the
name. Never changes existing topics. With RABBITMQ_URL, the command creates quorum queues (docs/rabbitmq.md). With REDIS_URL,
the command creates empty streams (docs/redis.md).

Examples:
  KAFKA_BROKERS=localhost:9092 comapi-webhook topics
  comapi-webhook topics --partitions 24 --replication-factor 3 --min-insync-replicas 2
  comapi-webhook topics --setting events:retention.ms=259200000 --setting segment.bytes=268435456
  comapi-webhook topics --dry-run`,
    )
    .action(async (options: TopicsOptions) => {
      const { text, code } = printTopics(await ensureTopics(options, io), options.json);
      writeText(io.stdout, text);
      io.exit(code);
    });
}

async function ensureTopics(options: TopicsOptions, io: CommandIo): Promise<readonly TopicReport[]> {
  const { partitions, deadLetterPartitions, replicationFactor, minInsyncReplicas, dryRun = false } = options;
  const chosenSettings = options.setting?.map(parseTopicSetting);
  if ((minInsyncReplicas ?? 1) > (replicationFactor ?? Number.POSITIVE_INFINITY)) {
    throw new UsageError(
      '--min-insync-replicas must not exceed --replication-factor: the brokers would reject every write',
    );
  }
  const config = loadConfigWithWarnings(io, loadTopicsConfig);
  const { ensureTopics: ensure } = await openStore(config.store);
  const reconciledTopic =
    options.reconciled === true ? [{ ...config.topics, events: loadReconciledTopic(io.env, config) }] : [];
  const reports = ensure({
    names: [...config.allTopics, ...reconciledTopic],
    partitionCount: partitions,
    deadLetterPartitionCount: deadLetterPartitions,
    chosenSettings,
    replicationFactor,
    minInSyncReplicas: minInsyncReplicas,
    maxBodyBytes: config.maxBodyBytes,
    windowMs: loadFilterWindow(io.env),
    dryRun,
    logger: createCommandLogger(io),
  });
  return await reports.catch((cause: unknown) => {
    throw isInCluster(io) && !(cause instanceof UsageError) ? explainForHelmUpgrade(cause) : cause;
  });
}

function isInCluster({ env }: CommandIo): boolean {
  return Boolean(env.KUBERNETES_SERVICE_HOST);
}

/**
 * Explains what the failure means for an upgrade. Helm's error message lacks this explanation, but Helm prints the log
 * of a failed hook.
 */
function explainForHelmUpgrade(cause: unknown): Error {
  const hint =
    'If this is the topics job of the Helm chart, the running release has not been changed. Repeat the upgrade when the store is available, or skip the job with topics.create=false.';
  return new Error(`${removeFullStop(describeError(cause))}. ${hint}`, { cause });
}

/** Formats the reports. @returns the text to print, and the exit code */
export function printTopics(reports: readonly TopicReport[], json = false): Conclusion {
  return {
    text: json ? toJsonText(reports) : formatTopics(reports),
    code: reports.some(isUnusable) ? exitCodes.failed : exitCodes.done,
  };
}

function isUnusable({ outcome, findings }: TopicReport): boolean {
  return outcome === 'missing' || findings.some(({ verdict }) => verdict === 'error');
}

function formatTopics(reports: readonly TopicReport[]): string {
  const rows = reports.map(({ topic, outcome, partitionCount, replicationFactor }) => [
    topic,
    outcome,
    String(partitionCount),
    String(replicationFactor ?? '-'),
  ]);
  const notes = reports.flatMap(({ topic, differences, findings }) => [
    ...findings.map(({ verdict, message }) => `${verdict}: ${topic}: ${message}`),
    ...differences.map(
      ({ setting, wanted, actual }) =>
        `differs: ${topic}: ${setting} is ${actual}, but a new topic would get ${wanted}`,
    ),
  ]);
  return formatTable([['TOPIC', 'STATE', 'PARTITIONS', 'REPLICAS'], ...rows]) + toLines(notes);
}

/** Settings that `--setting` must not change, each with the reason. */
const reservedSettings: ReadonlyMap<string, string> = new Map([
  ['min.insync.replicas', 'use --min-insync-replicas instead'],
  [
    'cleanup.policy',
    'cleanup.policy cannot be changed, because latest-state topics must be compacted, and all other topics must not be compacted',
  ],
]);

/**
 * Parses `retention.ms=86400000` for all topics, or `dead-letter:retention.ms=-1` for the topics of one role.
 *
 * @throws {UsageError}
 */
export function parseTopicSetting(text: string): ChosenTopicSetting {
  const [, prefix, name = '', value] = /^(?:([^:=]*):)?([a-z][a-z.-]*)=(.+)$/.exec(text) ?? [];
  const role = topicRoles.find((each) => each === prefix);
  if (value === undefined || role !== prefix) {
    throw new UsageError(
      `--setting ${text}: the format is name=value or role:name=value, for example dead-letter:retention.ms=-1. Roles are ${topicRoles.join(', ')}.`,
    );
  }
  const reason = reservedSettings.get(name);
  if (reason !== undefined) {
    throw new UsageError(`--setting ${text}: ${reason}`);
  }
  return { role, name, value };
}
