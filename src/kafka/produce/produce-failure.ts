import type { ConnectionErrorReason } from '../errors/connection-error.ts';
import { findMeaning, type ProduceFailure } from '../errors/kafka-errors.ts';

/** Why an attempt has to be repeated. */
export type RetryCause =
  | ConnectionErrorReason
  | 'answer_check'
  | 'stale_leader'
  | 'not_enough_replicas'
  | 'replication_timeout'
  | 'leader_moved'
  | 'broker_error';

/** A code that is not known here is taken as temporary: the records are kept. */
export function toPartitionFailure(errorCode: number): ProduceFailure {
  return findMeaning(errorCode).produce ?? { action: 'retry', cause: 'broker_error' };
}
