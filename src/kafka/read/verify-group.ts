import type { Logger } from '../../runtime/logger.ts';
import { createBrokerConnection } from '../cluster/broker-connection.ts';
import { createClusterReader } from '../cluster/cluster-reader.ts';
import { applyTimeouts, defaultClusterSettings } from '../cluster/cluster-settings.ts';
import { createConnectionSet } from '../cluster/connection-set.ts';
import { createKafkaRoutes } from '../cluster/kafka-routes.ts';
import { retryAnswers } from '../cluster/retry-answers.ts';
import { formatKafkaError } from '../errors/format-kafka-error.ts';
import { KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import type { KafkaAccess } from '../kafkajs/kafka-access.ts';
import { createKafkajsConnection } from '../kafkajs/kafkajs-connection.ts';

interface VerifyGroupDeps {
  readonly connection: KafkaAccess;
  readonly logger: Logger;
}

const timeoutMs = 10_000;

/**
 * Whether this client may use a consumer group. Asked before kafkajs asks, which hides why it finds no coordinator.
 *
 * @throws {KafkaAnswerError} that names the right that is missing; Read includes the right to describe
 */
export async function verifyGroup(groupId: string, { connection, logger }: VerifyGroupDeps): Promise<void> {
  const settings = applyTimeouts(defaultClusterSettings, connection);
  const routes = createKafkaRoutes({
    topics: [],
    reader: createClusterReader({
      bootstrap: connection.brokers,
      openConnection: (address) => createBrokerConnection({ address, connection, settings, logger }),
      hedgeMs: settings.hedgeMs,
    }),
    connections: createConnectionSet((address) =>
      createKafkajsConnection({ address, connection, settings, logger }),
    ),
  });
  try {
    await retryAnswers(() => routes.coordinatorOf('group', groupId), {
      signal: new AbortController().signal,
      onReroute: routes.forget,
      timeoutMs,
    });
  } catch (error) {
    const denied = errorCodes.GROUP_AUTHORIZATION_FAILED;
    if (error instanceof KafkaAnswerError && error.errorCode === denied) {
      const words = formatKafkaError(denied, { api: 'JoinGroup', group: groupId });
      throw new KafkaAnswerError('fail', denied, `using the consumer group: ${words}`, { cause: error });
    }
    throw error;
  } finally {
    routes.close();
  }
}
