import { Command } from 'commander';
import { loadTopicsConfig } from '../config/command-config.ts';
import { loadFilterWindow } from '../config/filter-config.ts';
import { loadReconciledTopic } from '../config/topic-names.ts';
import { type ChosenTopicSetting, type TopicReport, topicRoles } from '../ports/topics.ts';
import { UsageError } from '../runtime/errors.ts';
import type { Conclusion } from '../runtime/finding.ts';
import { toJsonText } from '../runtime/format.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { toLines } from '../runtime/untrusted-text.ts';
import { openStore } from '../stores/open-store.ts';
import { type CommandIo, createCommandLogger, formatTable, writeText } from './command-io.ts';
import { loadAndWarn } from './load-config.ts';
import { collect, createIntegerParser } from './option-parsers.ts';

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
      'create the topics (on RabbitMQ queues, on Redis streams) that are missing, and show how the others differ',
    )
    .option(
      '--partitions <n>',
      'partitions of the events topics and of the latest-state topics',
      createIntegerParser(1, 10_000),
      12,
    )
    .option(
      '--dead-letter-partitions <n>',
      'partitions of the dead-letter topic (default: 3, or as many as the others)',
      createIntegerParser(1, 10_000),
    )
    .option(
      '--replication-factor <n>',
      'copies of each record (default: 3, or all brokers)',
      createIntegerParser(1, 100),
    )
    .option(
      '--min-insync-replicas <n>',
      'copies before a record is acknowledged (default: one less)',
      createIntegerParser(1, 100),
    )
    .option(
      '--setting <[role:]name=value>',
      "a setting of new topics, by Kafka's name; roles: events, dead-letter, latest; may be repeated",
      collect,
    )
    .option('--reconciled', 'also the topic for "reconcile --messages --write"')
    .option('--dry-run', 'create nothing; exit with 1 when a topic is missing')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Brokers and names come from KAFKA_BROKERS, KAFKA_TOPIC, TOPIC_RULES, KAFKA_DEAD_LETTER_TOPIC and WEBHOOKS_FILE, as
for the receiver. Each events topic gets a topic of latest states, with ".latest" behind its name. Existing topics are
never changed. With RABBITMQ_URL quorum queues are made, with REDIS_URL empty streams: docs/rabbitmq.md,
docs/redis.md.

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
      '--min-insync-replicas is more than --replication-factor: every write would be refused',
    );
  }
  const config = loadAndWarn(io, loadTopicsConfig);
  const { ensureTopics: ensure } = await openStore(config.store);
  const reconciled =
    options.reconciled === true ? [{ ...config.topics, events: loadReconciledTopic(io.env, config) }] : [];
  return ensure({
    names: [...config.allTopics, ...reconciled],
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
}

/** @returns what to print, and the exit code */
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
        `differs: ${topic}: ${setting} is ${actual}, a new one would have ${wanted}`,
    ),
  ]);
  return formatTable([['TOPIC', 'STATE', 'PARTITIONS', 'REPLICAS'], ...rows]) + toLines(notes);
}

const settledElsewhere: ReadonlyMap<string, string> = new Map([
  ['min.insync.replicas', 'use --min-insync-replicas'],
  ['cleanup.policy', 'events and dead letters must not be compacted, latest states must be'],
]);

/**
 * Reads `retention.ms=86400000` for all topics, or `dead-letter:retention.ms=-1` for those of one role.
 *
 * @throws {UsageError}
 */
export function parseTopicSetting(text: string): ChosenTopicSetting {
  const [, prefix, name = '', value] = /^(?:([^:=]*):)?([a-z][a-z.-]*)=(.+)$/.exec(text) ?? [];
  const role = topicRoles.find((each) => each === prefix);
  if (value === undefined || role !== prefix) {
    throw new UsageError(
      `--setting ${text}: give name=value, or with ${topicRoles.join(', ')} before it, for example dead-letter:retention.ms=-1`,
    );
  }
  const settled = settledElsewhere.get(name);
  if (settled !== undefined) {
    throw new UsageError(`--setting ${text}: ${name} is not set so: ${settled}`);
  }
  return { role, name, value };
}
