import { formatKafkaError } from './explain-kafka-error.ts';
import type { KafkaQuestion } from './kafka-rights.ts';

/**
 * What an error code asks for. `wait`: the same again later. `reroute`: the same at another broker. `refuse`: these
 * records will never be taken. `fenced`: another producer with the same transactional id has taken over. `fail`: give
 * up what was begun.
 */
export type AnswerKind = 'wait' | 'reroute' | 'refuse' | 'fenced' | 'fail';

/** A broker's answer that is an error. Nothing that it answers for was done, but for `fail`: there it may be. */
export class KafkaAnswerError extends Error {
  readonly kind: AnswerKind;
  /** Kafka's protocol error code; −1 when the broker could not be asked at all. */
  readonly errorCode: number;

  constructor(kind: AnswerKind, errorCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KafkaAnswerError';
    this.kind = kind;
    this.errorCode = errorCode;
  }
}

/** @see https://kafka.apache.org/protocol#protocol_error_codes */
const kinds: Readonly<Record<number, AnswerKind>> = {
  3: 'reroute', // UNKNOWN_TOPIC_OR_PARTITION
  5: 'reroute', // LEADER_NOT_AVAILABLE
  6: 'reroute', // NOT_LEADER_OR_FOLLOWER
  9: 'reroute', // REPLICA_NOT_AVAILABLE
  10: 'refuse', // MESSAGE_TOO_LARGE
  14: 'wait', // COORDINATOR_LOAD_IN_PROGRESS
  15: 'reroute', // COORDINATOR_NOT_AVAILABLE
  16: 'reroute', // NOT_COORDINATOR
  18: 'refuse', // RECORD_LIST_TOO_LARGE
  19: 'wait', // NOT_ENOUGH_REPLICAS
  32: 'refuse', // INVALID_TIMESTAMP
  47: 'fenced', // INVALID_PRODUCER_EPOCH
  51: 'wait', // CONCURRENT_TRANSACTIONS
  56: 'reroute', // KAFKA_STORAGE_ERROR
  74: 'reroute', // FENCED_LEADER_EPOCH
  75: 'reroute', // UNKNOWN_LEADER_EPOCH: also of a topic that was made again, whose epochs begin anew
  78: 'wait', // OFFSET_NOT_AVAILABLE
  87: 'refuse', // INVALID_RECORD
  90: 'fenced', // PRODUCER_FENCED
};

/**
 * @param what was being done, for the message
 * @throws {KafkaAnswerError} unless the code is 0
 */
export function checkErrorCode(errorCode: number, what: string, asked: KafkaQuestion): void {
  if (errorCode !== 0) {
    throw new KafkaAnswerError(
      kinds[errorCode] ?? 'fail',
      errorCode,
      `${what}: ${formatKafkaError(errorCode, asked)}`,
    );
  }
}
