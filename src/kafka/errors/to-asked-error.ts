import { formatKafkaError } from './explain-kafka-error.ts';
import { KafkaAnswerError } from './kafka-answer-error.ts';
import type { KafkaQuestion } from './kafka-rights.ts';

/** Has words of its own, with the variables to look at. */
const unknownTopic = 3;
const groupDenied = 30;

/**
 * kafkajs's error of a broker with what was asked, so that it names the right that is missing; every other error as it is.
 * Of a group only one right is named: Read includes Describe.
 */
export function toAskedError(error: unknown, what: string, asked: KafkaQuestion): unknown {
  const errorCode = findErrorCode(error);
  if (errorCode === undefined || errorCode === unknownTopic) {
    return error;
  }
  const question: KafkaQuestion = errorCode === groupDenied ? { ...asked, api: 'JoinGroup' } : asked;
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
