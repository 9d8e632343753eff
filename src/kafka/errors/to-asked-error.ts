import { formatKafkaError } from './format-kafka-error.ts';
import { KafkaAnswerError } from './kafka-answer-error.ts';
import { errorCodes } from './kafka-errors.ts';
import type { KafkaQuestion } from './kafka-rights.ts';

/**
 * Adds to kafkajs's error of a broker what was asked, so that it names the missing right. Every other error is returned as
 * it is. Of a group only the right to Read is named, because it includes Describe.
 */
export function toAskedError(error: unknown, what: string, asked: KafkaQuestion): unknown {
  const errorCode = findErrorCode(error);
  // `describeKafkaFailure` has its own text for a topic that does not exist, with the variables to check.
  if (errorCode === undefined || errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) {
    return error;
  }
  const isGroupDenied = errorCode === errorCodes.GROUP_AUTHORIZATION_FAILED;
  const question: KafkaQuestion = isGroupDenied ? { ...asked, api: 'JoinGroup' } : asked;
  return new KafkaAnswerError('fail', errorCode, `${what}: ${formatKafkaError(errorCode, question)}`, {
    cause: error,
  });
}

/** The broker's own code; `undefined` for errors that are not an answer of a broker. */
export function findErrorCode(error: unknown): number | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.name.startsWith('KafkaJS') && 'code' in current && typeof current.code === 'number') {
      return current.code;
    }
  }
  return undefined;
}
