import type { ArgumentValue } from './target-facts.ts';

/** Of RabbitMQ 4.0 and later, unless the queue or a policy has another. Earlier versions have none. */
export const usualDeliveryLimit = 20;

/** How often a message may be given back before it is dropped; `undefined` when it never is. */
export function readDeliveryLimit(
  declared: ReadonlyMap<string, ArgumentValue>,
  serverVersion: string,
): number | undefined {
  const limit = declared.get('x-delivery-limit');
  if (limit !== undefined) {
    return Number(limit) < 0 ? undefined : Number(limit);
  }
  const hasUsual = declared.get('x-queue-type') === 'quorum' && !/^[0-3]\./.test(serverVersion);
  return hasUsual ? usualDeliveryLimit : undefined;
}
