import type { AmqpConnection } from './amqp-connection.ts';
import { nameTarget, type PublishTarget } from './publish-target.ts';
import { RabbitMqError, readReplyCode, readReplyText, replyCodes } from './rabbitmq-error.ts';

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

function toTargetError(error: unknown, target: PublishTarget, virtualHost: string): RabbitMqError {
  const what = `${nameTarget(target)} in the virtual host ${virtualHost}`;
  const code = readReplyCode(error);
  if (code === replyCodes.notFound) {
    const advice = '`comapi-webhook topics` makes queues';
    return new RabbitMqError('protocol', `${what} does not exist; ${advice}`, { cause: error });
  }
  const problem =
    code === replyCodes.resourceLocked
      ? 'is exclusive: it belongs to another connection'
      : `cannot be used: ${readReplyText(error)}`;
  return new RabbitMqError('protocol', `${what} ${problem}`, { cause: error });
}
