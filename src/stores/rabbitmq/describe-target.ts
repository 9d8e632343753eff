import type { ConfirmChannel } from 'amqplib';
import type { AmqpConnection } from './amqp-connection.ts';
import { checkTarget, type PublishTarget } from './publish-target.ts';
import { readReplyCode, readReplyText, replyCodes } from './rabbitmq-error.ts';

export type ArgumentValue = string | number | boolean;

/**
 * The properties of a queue or an exchange that are visible to an AMQP client. Policies, quorum members and bindings
 * are not visible.
 */
export type TargetFacts =
  | { readonly state: 'missing' }
  /** The target exists, but its settings are unknown. @param reason human-readable reason */
  | { readonly state: 'hidden'; readonly reason: string }
  | {
      readonly state: 'described';
      readonly durable: boolean;
      readonly autoDelete: boolean;
      /** Arguments of the declaration: for a queue, including `x-queue-type`; for an exchange, including its `type`. */
      readonly arguments: ReadonlyMap<string, ArgumentValue>;
      /** Number of requeues after which a message is dropped, or `undefined` if messages are never dropped. */
      readonly deliveryLimit: number | undefined;
    };

/** A delivery limit that no message reaches in practice. */
export const unlimitedDeliveries = 1_000_000;

/**
 * Maximum number of declarations. A queue has about fifteen arguments, and each difference requires another
 * declaration.
 */
const maxAttempts = 24;

interface Declaration {
  durable: boolean;
  autoDelete: boolean;
  readonly arguments: Map<string, ArgumentValue>;
}

/**
 * Determines how a queue or an exchange was declared. The management API is not needed. The server rejects a
 * declaration that differs, and its error names the difference. An equal declaration changes nothing. A missing target
 * is never declared.
 *
 * @param known result of an earlier call; declarations never change, so the first attempt then normally succeeds
 * @throws {RabbitMqError} if the connection ends
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
    const isTargetMissing = error instanceof Error && readReplyCode(error.cause) === replyCodes.notFound;
    return isTargetMissing ? { state: 'missing' } : { state: 'hidden', reason: readReplyText(error) };
  }
  const declaration = toDeclaration(target, known);
  let reason = 'the settings could not be determined';
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const channel = await connection.openChannel();
    try {
      await connection.request(() => declareQueueOrExchange(channel, target, declaration));
      await connection.request(() => channel.close());
      return {
        ...declaration,
        state: 'described',
        deliveryLimit: readDeliveryLimit(declaration.arguments, connection.serverVersion),
      };
    } catch (error) {
      connection.ended.throwIfAborted();
      reason = readReplyText(error);
      if (
        readReplyCode(error) !== replyCodes.preconditionFailed ||
        !applyReportedDifference(declaration, reason)
      ) {
        break;
      }
    }
  }
  return { state: 'hidden', reason };
}

/**
 * Arguments with which `topics` declares a queue. If the queue is deleted between the check and the declaration, the
 * declaration recreates the queue with these arguments.
 */
const defaultQueueArguments = [
  ['x-queue-type', 'quorum'],
  ['x-delivery-limit', unlimitedDeliveries],
] as const satisfies readonly (readonly [string, ArgumentValue])[];

function toDeclaration({ kind }: PublishTarget, known: TargetFacts | undefined): Declaration {
  if (known?.state === 'described') {
    return { ...known, arguments: new Map(known.arguments) };
  }
  const usualQueueArguments: readonly (readonly [string, ArgumentValue])[] =
    kind === 'queue' ? defaultQueueArguments : [['type', 'topic']];
  return { durable: true, autoDelete: false, arguments: new Map(usualQueueArguments) };
}

function declareQueueOrExchange(
  channel: ConfirmChannel,
  { kind, name }: PublishTarget,
  { durable, autoDelete, arguments: all }: Declaration,
): Promise<unknown> {
  if (kind === 'queue') {
    return channel.assertQueue(name, { durable, autoDelete, arguments: Object.fromEntries(all) });
  }
  const { type, ...args } = Object.fromEntries(all);
  return channel.assertExchange(name, String(type), { durable, autoDelete, arguments: args });
}

/**
 * Changes the declaration so that it no longer has the difference that the server's error names. @returns false if the
 * message is not understood or names no new difference
 */
function applyReportedDifference(declaration: Declaration, sentence: string): boolean {
  const reportedDifference = parseDifference(sentence);
  if (reportedDifference === undefined) {
    return false;
  }
  const [name, value] = reportedDifference;
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
    // Other queue types have no delivery limit.
    declaration.arguments.delete('x-delivery-limit');
  }
  return true;
}

/**
 * Parses `inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received none but current is the value '5' of type
 * 'byte'`, or `… but current is 'classic'`, or `… but current is none`.
 */
export function parseDifference(
  sentence: string,
): readonly [name: string, value?: ArgumentValue] | undefined {
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
  const numericValue = Number(value);
  return Number.isFinite(numericValue) ? [name, numericValue] : undefined;
}

/** Default delivery limit for quorum queues in RabbitMQ 4.0 and later. Earlier versions have no default limit. */
export const defaultDeliveryLimit = 20;

/**
 * Returns how often a message may be requeued before the queue drops it, or `undefined` if the queue never drops
 * messages.
 */
export function readDeliveryLimit(
  declared: ReadonlyMap<string, ArgumentValue>,
  serverVersion: string,
): number | undefined {
  const deliveryLimit = declared.get('x-delivery-limit');
  if (deliveryLimit !== undefined) {
    return Number(deliveryLimit) < 0 ? undefined : Number(deliveryLimit);
  }
  const hasDefaultLimit = declared.get('x-queue-type') === 'quorum' && !/^[0-3]\./.test(serverVersion);
  return hasDefaultLimit ? defaultDeliveryLimit : undefined;
}
