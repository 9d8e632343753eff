import { formatRabbitMqAddress } from '../../config/rabbitmq-config.ts';
import type { CheckResult } from '../../ports/check-result.ts';
import { describeError } from '../../runtime/errors.ts';
import { defaultTimeouts, openAmqpConnection, withConnection } from './amqp-connection.ts';
import { describeTarget, type TargetFacts } from './describe-target.ts';
import type { PublishTarget } from './publish-target.ts';
import type { RabbitMqAccess, RabbitMqServer } from './rabbitmq-access.ts';
import { validateTarget } from './validate-target.ts';

/** Checks whether each server responds, and whether the queues store confirmed messages durably. */
export async function checkRabbitMq(
  access: RabbitMqAccess,
  targets: readonly PublishTarget[],
): Promise<CheckResult[]> {
  const configuredServers = await access.readServers(defaultTimeouts.connectTimeoutMs);
  const servers = await Promise.all(configuredServers.map(checkServer));
  const isReachable = servers.some(({ verdict }) => verdict === 'ok');
  return isReachable
    ? [
        ...servers.map((each) =>
          each.verdict === 'error' ? { ...each, verdict: 'warning' as const } : each,
        ),
        ...(await checkTargets(access, targets).catch(toFailure)),
      ]
    : servers;
}

async function checkServer(server: RabbitMqServer): Promise<CheckResult> {
  try {
    const connection = await openAmqpConnection(server, defaultTimeouts);
    await connection.close();
    const text = `RabbitMQ ${connection.serverVersion} is reachable at ${formatRabbitMqAddress(server.address)}`;
    return { area: 'store', verdict: 'ok', text };
  } catch (error) {
    return toFailure(error)[0];
  }
}

function toFailure(error: unknown): [CheckResult] {
  return [{ area: 'store', verdict: 'error', text: describeError(error) }];
}

function checkTargets(access: RabbitMqAccess, targets: readonly PublishTarget[]): Promise<CheckResult[]> {
  return withConnection(access, async (connection) => {
    const results: CheckResult[] = [];
    for (const target of targets) {
      const facts = await describeTarget(connection, target);
      const { findings } = validateTarget(target, facts);
      results.push(
        ...findings.map(({ verdict, message }) => ({
          area: 'topics' as const,
          verdict,
          text: message.replace(/\.$/, ''),
        })),
        ...(findings.length === 0
          ? [{ area: 'topics' as const, verdict: 'ok' as const, text: summarizeTarget(target, facts) }]
          : []),
      );
    }
    return results;
  });
}

/** Describes a target without problems, and the properties that only the server's own tools can show. */
function summarizeTarget({ kind, name }: PublishTarget, facts: TargetFacts): string {
  const all = facts.state === 'described' ? facts.arguments : new Map();
  return kind === 'queue'
    ? `the queue ${name} is durable and has the type ${all.get('x-queue-type')}. An AMQP client cannot see its members or policies`
    : `the exchange ${name} is durable and has the type ${all.get('type')}. An AMQP client cannot see which queues are bound to it`;
}
