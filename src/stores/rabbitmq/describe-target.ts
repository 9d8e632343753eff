import type { AmqpChannel } from './amqp-channel.ts';
import type { AmqpConnection } from './amqp-connection.ts';
import { checkTarget, type PublishTarget } from './publish-target.ts';
import { readReplyCode, readReplyText, replyCodes } from './rabbitmq-error.ts';

/** What an argument of a declaration can be. */
export type ArgumentValue = string | number | boolean;

/** What a server tells of a queue or an exchange. Policies, members of a quorum and bindings it does not tell a client. */
export type TargetFacts =
  | { readonly state: 'missing' }
  /** It exists, and no more is known. @param reason for a person */
  | { readonly state: 'hidden'; readonly reason: string }
  | {
      readonly state: 'described';
      readonly durable: boolean;
      readonly autoDelete: boolean;
      /** `x-queue-type` among them; for an exchange its `type`. */
      readonly arguments: ReadonlyMap<string, ArgumentValue>;
      /** A message that was given back so often is dropped. `undefined`: it never is. */
      readonly deliveryLimit: number | undefined;
    };

/** From this many deliveries on a message is dropped in no lifetime. */
export const endlessDeliveries = 1_000_000;

/** A queue has about fifteen arguments; each differing one costs a declaration. */
const maxAttempts = 24;

interface Declaration {
  durable: boolean;
  autoDelete: boolean;
  readonly arguments: Map<string, ArgumentValue>;
}

/**
 * Learns how a queue or an exchange was declared, without the management API: a declaration that differs is refused, and
 * the refusal names what differs. One that is equal changes nothing. What does not exist is never declared.
 *
 * @param known what was learnt before. Declarations do not change while a queue lives: the first attempt is then the last
 * @throws {RabbitMqError} when the connection ends
 */
export async function describeTarget(
  connection: AmqpConnection,
  target: PublishTarget,
  known?: TargetFacts,
): Promise<TargetFacts> {
  try {
    await checkTarget(connection, target);
  } catch (error) {
    connection.ended.throwIfAborted();
    const isMissing = error instanceof Error && readReplyCode(error.cause) === replyCodes.notFound;
    return isMissing ? { state: 'missing' } : { state: 'hidden', reason: readReplyText(error) };
  }
  const declaration = toDeclaration(target, known);
  let reason = 'its settings could not be found out';
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const channel = await connection.openChannel();
    try {
      await declare(channel, target, declaration);
      await channel.close();
      return {
        ...declaration,
        state: 'described',
        deliveryLimit: readDeliveryLimit(declaration.arguments, connection.serverVersion),
      };
    } catch (error) {
      connection.ended.throwIfAborted();
      reason = readReplyText(error);
      if (readReplyCode(error) !== replyCodes.preconditionFailed || !adopt(declaration, reason)) {
        break;
      }
    }
  }
  return { state: 'hidden', reason };
}

/** As `topics` declares one: a queue that is deleted between the look for it and the declaration is made by that. */
const queueAsMade = [
  ['x-queue-type', 'quorum'],
  ['x-delivery-limit', endlessDeliveries],
] as const satisfies readonly (readonly [string, ArgumentValue])[];

function toDeclaration({ kind }: PublishTarget, known: TargetFacts | undefined): Declaration {
  if (known?.state === 'described') {
    return { ...known, arguments: new Map(known.arguments) };
  }
  const usual: readonly (readonly [string, ArgumentValue])[] =
    kind === 'queue' ? queueAsMade : [['type', 'topic']];
  return { durable: true, autoDelete: false, arguments: new Map(usual) };
}

function declare(
  channel: AmqpChannel,
  { kind, name }: PublishTarget,
  { durable, autoDelete, arguments: all }: Declaration,
): Promise<unknown> {
  if (kind === 'queue') {
    return channel.assertQueue(name, { durable, autoDelete, arguments: Object.fromEntries(all) });
  }
  const { type, ...args } = Object.fromEntries(all);
  return channel.assertExchange(name, String(type), { durable, autoDelete, arguments: args });
}

/** Takes over what the server says it has. @returns false when the sentence is of another form, or says nothing new */
function adopt(declaration: Declaration, sentence: string): boolean {
  const difference = readDifference(sentence);
  if (difference === undefined) {
    return false;
  }
  const [name, value] = difference;
  if (name === 'durable' || name === 'auto_delete') {
    declaration[name === 'durable' ? 'durable' : 'autoDelete'] = value === 'true';
    return true;
  }
  if (value === undefined) {
    return declaration.arguments.delete(name);
  }
  if (declaration.arguments.get(name) === value) {
    return false;
  }
  declaration.arguments.set(name, value);
  if (name === 'x-queue-type') {
    // Other types of queues have no such argument.
    declaration.arguments.delete('x-delivery-limit');
  }
  return true;
}

/**
 * From `inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received none but current is the value '5' of type
 * 'byte'`, or `… but current is 'classic'`, or `… but current is none`.
 */
export function readDifference(sentence: string): readonly [name: string, value?: ArgumentValue] | undefined {
  const [, name, current] =
    /inequivalent arg '([^']+)' for .* but current is (none|'.*'|the value '.*' of type '.*')$/s.exec(
      sentence,
    ) ?? [];
  if (name === undefined || current === undefined) {
    return undefined;
  }
  if (current === 'none') {
    return [name];
  }
  const [, value, type] = /^the value '(.*)' of type '(.*)'$/s.exec(current) ?? [];
  if (value === undefined) {
    return [name, current.slice(1, -1)];
  }
  if (type === 'longstr' || type === 'binary') {
    return [name, value];
  }
  if (type === 'bool') {
    return [name, value === 'true'];
  }
  const number = Number(value);
  return Number.isFinite(number) ? [name, number] : undefined;
}

/** Default since RabbitMQ 4.0, unless the queue or a policy sets another. Earlier versions have no limit. */
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
