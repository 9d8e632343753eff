import { setTimeout as delay } from 'node:timers/promises';
import type { NewTopicOptions, TopicDifference, TopicReport } from '../../ports/topics.ts';
import { UsageError } from '../../runtime/errors.ts';
import { type AmqpConnection, withConnection } from './amqp-connection.ts';
import {
  type ArgumentValue,
  describeTarget,
  endlessDeliveries,
  type TargetFacts,
} from './describe-target.ts';
import { nameTarget, type PublishTarget } from './publish-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { RabbitMqError, readReplyText } from './rabbitmq-error.ts';
import { validateTarget } from './validate-target.ts';

export interface WantedTarget {
  readonly target: PublishTarget;
  readonly role: 'events' | 'dead-letter';
}

/**
 * RabbitMQ 4.0 loses what it has confirmed for a quorum queue, when all of its servers are killed within some hundred
 * milliseconds of the queue's declaration.
 */
const settleMs = 3_000;

interface EnsureQueuesOptions extends NewTopicOptions {
  readonly access: RabbitMqAccess;
  readonly wanted: readonly WantedTarget[];
  /** Creates nothing. */
  readonly dryRun: boolean;
}

/** Creates the queues that are missing, and never an exchange. What exists is never changed, only compared. */
export async function ensureQueues(options: EnsureQueuesOptions): Promise<TopicReport[]> {
  const { access, wanted, dryRun } = options;
  checkOptions(options);
  return withConnection(access, async (connection) => {
    const reports: TopicReport[] = [];
    for (const each of wanted) {
      const { target } = each;
      const args = planArguments(each, options);
      const before = await describeTarget(connection, target);
      const create = before.state === 'missing' && target.kind === 'queue' && !dryRun;
      if (create) {
        await createQueue(connection, target, args);
      }
      const facts = create ? await describeTarget(connection, target) : before;
      reports.push({
        topic: target.name,
        outcome: create ? 'created' : before.state === 'missing' ? 'missing' : 'present',
        partitionCount: 1,
        replicationFactor: undefined,
        differences: target.kind === 'queue' ? compare(args, facts) : [],
        findings: facts.state === 'missing' && dryRun ? [] : validateTarget(target, facts).findings,
      });
    }
    if (reports.some(({ outcome }) => outcome === 'created')) {
      await delay(settleMs);
    }
    return reports;
  });
}

function checkOptions({
  chosenSettings = [],
  minInSyncReplicas,
  deadLetterPartitionCount,
}: NewTopicOptions): void {
  if (minInSyncReplicas !== undefined) {
    throw new UsageError('--min-insync-replicas is of Kafka: a quorum queue waits for a majority');
  }
  if (deadLetterPartitionCount !== undefined) {
    throw new UsageError('--dead-letter-partitions is of Kafka: RabbitMQ has one queue of dead letters');
  }
  for (const { name, role } of chosenSettings) {
    if (!name.startsWith('x-') || role === 'latest') {
      throw new UsageError(
        `--setting ${name}: on RabbitMQ a setting is an argument of a queue, such as events:x-max-length=1000000`,
      );
    }
  }
}

function planArguments({ role }: WantedTarget, options: NewTopicOptions): Map<string, ArgumentValue> {
  const { chosenSettings = [], replicationFactor } = options;
  return new Map<string, ArgumentValue>([
    ['x-queue-type', 'quorum'],
    // Without a limit RabbitMQ puts what is given back at the end of the queue, out of the order of its key.
    ['x-delivery-limit', endlessDeliveries],
    ...(replicationFactor === undefined ? [] : [['x-quorum-initial-group-size', replicationFactor] as const]),
    ...[undefined, role].flatMap((each) =>
      chosenSettings
        .filter((setting) => setting.role === each)
        .map(({ name, value }) => [name, toValue(value)] as const),
    ),
  ]);
}

function toValue(text: string): ArgumentValue {
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
    await channel.assertQueue(target.name, { durable: true, arguments: Object.fromEntries(args) });
  } catch (error) {
    connection.ended.throwIfAborted();
    const message = `${nameTarget(target)} cannot be made: ${readReplyText(error)}`;
    throw new RabbitMqError('protocol', message, { cause: error });
  }
  await channel.close();
}

function compare(wanted: ReadonlyMap<string, ArgumentValue>, facts: TargetFacts): TopicDifference[] {
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
