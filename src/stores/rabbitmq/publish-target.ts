import { type RabbitMqLayout, rabbitMqSettings } from '../../config/rabbitmq-config.ts';
import { nameTopicSettings } from '../../config/store-settings.ts';
import { causesOf } from '../../runtime/errors.ts';
import type { AmqpConnection } from './amqp-connection.ts';
import { RabbitMqError, readReplyCode, readReplyText, replyCodes } from './rabbitmq-error.ts';

/** What records are published to. */
export type PublishTarget =
  | { readonly kind: 'queue'; readonly name: string }
  /** It routes by the record's key. */
  | { readonly kind: 'exchange'; readonly name: string };

export function nameTarget({ kind, name }: PublishTarget): string {
  return `the ${kind} ${name}`;
}

/** Where the records of each topic go: the n-th target takes the keys of partition n. */
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
 * Asks whether the queue or exchange exists, on a channel of its own: a refusal closes the channel.
 *
 * @throws {RabbitMqError} when nothing can be published to it, or the connection ends
 */
export async function checkTarget(connection: AmqpConnection, target: PublishTarget): Promise<void> {
  const channel = await connection.openChannel();
  try {
    await (target.kind === 'queue' ? channel.checkQueue(target.name) : channel.checkExchange(target.name));
  } catch (error) {
    connection.ended.throwIfAborted();
    throw toTargetError(error, target, connection.address.virtualHost);
  }
  await channel.close();
}

/** What to do about one that does not exist. The protocol has no list of those that do. */
export function adviseOnAbsent({ kind }: PublishTarget): string {
  if (kind === 'exchange') {
    return 'check RABBITMQ_EXCHANGE, TOPIC_RULES or WEBHOOKS_FILE, or declare it, and bind queues to it';
  }
  return `check ${nameTopicSettings(rabbitMqSettings, 'events')}, or make the queue with "comapi-webhook topics"`;
}

/** By the code of the reply. */
const problems = new Map<number | undefined, string>([
  [replyCodes.resourceLocked, 'is exclusive: it belongs to another connection'],
]);

/** With the name of the target, and what to do about it. */
export function toTargetError(error: unknown, target: PublishTarget, virtualHost: string): RabbitMqError {
  const code = causesOf(error)
    .map(readReplyCode)
    .find((each) => each !== undefined);
  const problem =
    code === replyCodes.notFound
      ? `does not exist: ${adviseOnAbsent(target)}`
      : (problems.get(code) ?? `cannot be used: ${readReplyText(error)}`);
  const message = `${nameTarget(target)} in the virtual host ${virtualHost} ${problem}`;
  return new RabbitMqError('protocol', message, { cause: error });
}
