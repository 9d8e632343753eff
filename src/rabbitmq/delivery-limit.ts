import { describeTarget } from './describe-target.ts';
import { endlessDeliveries } from './judge-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import type { TargetFacts } from './target-facts.ts';
import { withConnection } from './with-connection.ts';

/** Of RabbitMQ 4.0 and later, unless the queue or a policy has another. */
const usualLimit = 20;

/**
 * A quorum queue drops what was given back too often. Whoever reads without removing gives back.
 *
 * @throws when reading this queue often could lose its messages
 */
export async function checkDeliveryLimit(access: RabbitMqAccess, queue: string): Promise<void> {
  const facts = await withConnection(access, (connection) =>
    describeTarget(connection, { kind: 'queue', name: queue }),
  );
  const limit = readDeliveryLimit(facts);
  if (limit >= 0 && limit < endlessDeliveries) {
    throw new Error(
      `${queue} drops a message that was given back ${limit} times, and reading it to compare gives back: use a queue that \`comapi-webhook topics\` has made, with x-delivery-limit ${endlessDeliveries}`,
    );
  }
}

/** Negative: none. */
export function readDeliveryLimit(facts: TargetFacts): number {
  if (facts.state !== 'described') {
    return usualLimit;
  }
  const declared = facts.arguments.get('x-delivery-limit');
  const isCounted = facts.arguments.get('x-queue-type') === 'quorum';
  return Number(declared ?? (isCounted ? usualLimit : -1));
}
