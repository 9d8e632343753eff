import { type AmqpConnection, type AmqpTimeouts, openAmqpConnection } from './amqp-connection.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { RabbitMqError } from './rabbitmq-error.ts';

/** Of commands, and of what is done beside publishing. */
export const defaultTimeouts: AmqpTimeouts = {
  connectTimeoutMs: 5_000,
  answerTimeoutMs: 10_000,
  heartbeatSeconds: 10,
};

/**
 * Opens a connection to the first server that can be reached.
 *
 * @throws {RabbitMqError} that says of each why not
 */
export async function openAnyConnection(access: RabbitMqAccess): Promise<AmqpConnection> {
  const failures: unknown[] = [];
  for (const address of access.addresses()) {
    try {
      return await openAmqpConnection(address, access, defaultTimeouts);
    } catch (error) {
      failures.push(error);
    }
  }
  const messages = failures.map((error) => (error instanceof Error ? error.message : String(error)));
  throw new RabbitMqError('connection', messages.join('; '), { cause: failures[0] });
}

/** Works on a connection that is closed afterwards. */
export async function withConnection<T>(
  access: RabbitMqAccess,
  work: (connection: AmqpConnection) => Promise<T>,
): Promise<T> {
  const connection = await openAnyConnection(access);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
