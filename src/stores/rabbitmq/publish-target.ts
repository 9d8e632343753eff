import { type RabbitMqLayout, rabbitMqSettings } from '../../config/rabbitmq-config.ts';
import { nameTopicSettings } from '../../config/store-settings.ts';
import { causesOf } from '../../runtime/errors.ts';
import type { AmqpConnection } from './amqp-connection.ts';
import { RabbitMqError, readReplyCode, readReplyText, replyCodes } from './rabbitmq-error.ts';

/** A queue or an exchange to which records are published. */
export type PublishTarget =
  | { readonly kind: 'queue'; readonly name: string }
  /** An exchange, which routes by the key of the record. */
  | { readonly kind: 'exchange'; readonly name: string };

export function formatTarget({ kind, name }: PublishTarget): string {
  return `the ${kind} ${name}`;
}

/** Returns the targets of each topic. The n-th target receives the keys of partition n. */
export function toTargets(
  names: readonly { readonly events: string; readonly deadLetter: string }[],
  layout: RabbitMqLayout,
): ReadonlyMap<string, readonly PublishTarget[]> {
  const targets = new Map<string, readonly PublishTarget[]>();
  for (const { deadLetter } of names) {
    targets.set(deadLetter, [{ kind: 'queue', name: deadLetter }]);
  }
  for (const { events } of names) {
    targets.set(events, toEventTargets(events, layout));
  }
  return targets;
}

export function toEventTargets(events: string, layout: RabbitMqLayout): PublishTarget[] {
  if ('exchange' in layout) {
    return [{ kind: 'exchange', name: events }];
  }
  const { queueCount } = layout;
  return queueCount === 1
    ? [{ kind: 'queue', name: events }]
    : Array.from({ length: queueCount }, (_, index) => ({ kind: 'queue', name: `${events}.${index}` }));
}

/**
 * Checks whether the queue or exchange exists. Uses a separate channel, because an error closes the channel.
 *
 * @throws {RabbitMqError} if the target does not accept messages or the connection ends
 */
export async function checkTarget(connection: AmqpConnection, target: PublishTarget): Promise<void> {
  const { kind, name } = target;
  const channel = await connection.openChannel();
  try {
    await connection.request<unknown>(() =>
      kind === 'queue' ? channel.checkQueue(name) : channel.checkExchange(name),
    );
  } catch (error) {
    connection.ended.throwIfAborted();
    throw toTargetError(error, target, connection.address.virtualHost);
  }
  await connection.request(() => channel.close());
}

/** Returns advice for a missing queue or exchange. AMQP provides no method to list existing queues or exchanges. */
export function createMissingTargetAdvice({ kind }: PublishTarget): string {
  if (kind === 'exchange') {
    return 'check RABBITMQ_EXCHANGE, TOPIC_RULES or WEBHOOKS_FILE, or declare the exchange and bind queues to it';
  }
  return `check ${nameTopicSettings(rabbitMqSettings, 'events')}, or create the queue with "comapi-webhook topics"`;
}

/** Converts an error from the server, and adds the name of the target and advice. */
export function toTargetError(error: unknown, target: PublishTarget, virtualHost: string): RabbitMqError {
  const code = causesOf(error)
    .map(readReplyCode)
    .find((each) => each !== undefined);
  const name = `${formatTarget(target)} in the virtual host ${virtualHost}`;
  let message = `${name} cannot be used: ${readReplyText(error)}`;
  if (code === replyCodes.notFound) {
    message = `${name} does not exist: ${createMissingTargetAdvice(target)}`;
  } else if (code === replyCodes.resourceLocked) {
    message = `${name} is exclusive to another connection`;
  }
  return new RabbitMqError('protocol', message, { cause: error });
}
