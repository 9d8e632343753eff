import type { Admin, Kafka } from 'kafkajs';
import type { KafkaQuestion } from '../errors/format-kafka-error.ts';
import { toAskedError } from '../errors/kafka-answer-error.ts';

interface AdminQuestion extends KafkaQuestion {
  /** What is done, for the message of an error. */
  readonly what: string;
}

/**
 * Connects an administrator for as long as it is used.
 *
 * @throws {KafkaAnswerError} that names the right that is missing, for a broker's answer that is an error
 */
export async function withAdmin<T>(
  kafka: Kafka,
  { what, ...asked }: AdminQuestion,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await use(admin);
  } catch (error) {
    throw toAskedError(error, what, asked);
  } finally {
    await admin.disconnect();
  }
}
