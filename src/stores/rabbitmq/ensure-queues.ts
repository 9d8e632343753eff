import { setTimeout as delay } from 'node:timers/promises';
import type { NewTopicOptions, TopicDifference, TopicReport } from '../../ports/topics.ts';
import { UsageError } from '../../runtime/errors.ts';
import { type AmqpConnection, withConnection } from './amqp-connection.ts';
import {
  type ArgumentValue,
  describeTarget,
  type TargetFacts,
  unlimitedDeliveries,
} from './describe-target.ts';
import { formatTarget, type PublishTarget } from './publish-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { RabbitMqError, readReplyText } from './rabbitmq-error.ts';
import { validateTarget } from './validate-target.ts';

export interface WantedTarget {
  readonly target: PublishTarget;
  readonly role: 'events' | 'dead-letter';
}

/**
 * Delay in milliseconds after creating queues. RabbitMQ 4.0 can lose confirmed messages of a quorum queue if all
 * servers are killed within a few hundred milliseconds of the declaration.
 */
const queueSettlementMs = 3_000;

interface EnsureQueuesOptions extends NewTopicOptions {
  readonly access: RabbitMqAccess;
  readonly wanted: readonly WantedTarget[];
  /** Whether to report what would be created without creating it. */
  readonly dryRun: boolean;
}

/**
 * Creates missing queues, but no exchanges. Existing queues are compared with the required settings but never changed.
 */
export async function ensureQueues(options: EnsureQueuesOptions): Promise<TopicReport[]> {
  const { access, wanted, dryRun } = options;
  rejectUnsupportedOptions(options);
  return withConnection(access, async (connection) => {
    const reports: TopicReport[] = [];
    for (const each of wanted) {
      const { target } = each;
      const queueArguments = planQueueArguments(each, options);
      const existingTarget = await describeTarget(connection, target);
      const shouldCreate = existingTarget.state === 'missing' && target.kind === 'queue' && !dryRun;
      if (shouldCreate) {
        await createQueue(connection, target, queueArguments);
      }
      const facts = shouldCreate ? await describeTarget(connection, target) : existingTarget;
      reports.push({
        topic: target.name,
        outcome: shouldCreate ? 'created' : existingTarget.state === 'missing' ? 'missing' : 'present',
        partitionCount: 1,
        replicationFactor: undefined,
        differences: target.kind === 'queue' ? listQueueDifferences(queueArguments, facts) : [],
        findings: facts.state === 'missing' && dryRun ? [] : validateTarget(target, facts).findings,
      });
    }
    if (reports.some(({ outcome }) => outcome === 'created')) {
      await delay(queueSettlementMs);
    }
    return reports;
  });
}

function rejectUnsupportedOptions({
  chosenSettings = [],
  minInSyncReplicas,
  deadLetterPartitionCount,
}: NewTopicOptions): void {
  if (minInSyncReplicas !== undefined) {
    throw new UsageError(
      '--min-insync-replicas is only for Kafka: a quorum queue always waits for a majority of its members',
    );
  }
  if (deadLetterPartitionCount !== undefined) {
    throw new UsageError(
      '--dead-letter-partitions is only for Kafka: on RabbitMQ there is one queue for dead letters',
    );
  }
  for (const { name, role } of chosenSettings) {
    if (!name.startsWith('x-') || role === 'latest') {
      throw new UsageError(
        `--setting ${name}: on RabbitMQ, a setting must be a queue argument, such as events:x-max-length=1000000`,
      );
    }
  }
}

function planQueueArguments({ role }: WantedTarget, options: NewTopicOptions): Map<string, ArgumentValue> {
  const { chosenSettings = [], replicationFactor } = options;
  return new Map<string, ArgumentValue>([
    ['x-queue-type', 'quorum'],
    // Sets a very high delivery limit. Without a limit, RabbitMQ requeues messages at the end of the queue and breaks
    // the order of keys.
    ['x-delivery-limit', unlimitedDeliveries],
    ...(replicationFactor === undefined ? [] : [['x-quorum-initial-group-size', replicationFactor] as const]),
    ...[undefined, role].flatMap((each) =>
      chosenSettings
        .filter((setting) => setting.role === each)
        .map(({ name, value }) => [name, toArgumentValue(value)] as const),
    ),
  ]);
}

function toArgumentValue(text: string): ArgumentValue {
  if (/^-?\d{1,15}$/.test(text)) {
    return Number(text);
  }
  return text === 'true' || text === 'false' ? text === 'true' : text;
}

async function createQueue(
  connection: AmqpConnection,
  target: PublishTarget,
  args: ReadonlyMap<string, ArgumentValue>,
): Promise<void> {
  const channel = await connection.openChannel();
  try {
    const options = { durable: true, arguments: Object.fromEntries(args) };
    await connection.request(() => channel.assertQueue(target.name, options));
  } catch (error) {
    connection.ended.throwIfAborted();
    const message = `cannot create ${formatTarget(target)}: ${readReplyText(error)}`;
    throw new RabbitMqError('protocol', message, { cause: error });
  }
  await connection.request(() => channel.close());
}

function listQueueDifferences(
  wanted: ReadonlyMap<string, ArgumentValue>,
  facts: TargetFacts,
): TopicDifference[] {
  if (facts.state !== 'described') {
    return [];
  }
  const names = new Set([...wanted.keys(), ...facts.arguments.keys()]);
  return [...names].flatMap((setting) => {
    const [want, actual] = [wanted.get(setting), facts.arguments.get(setting)].map((each) =>
      String(each ?? 'not set'),
    );
    return want === actual ? [] : [{ setting, wanted: want as string, actual: actual as string }];
  });
}
