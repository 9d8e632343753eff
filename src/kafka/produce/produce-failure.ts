import type { RejectionReason } from '../../sink/sink.ts';
import type { LinkErrorCause } from '../errors/link-error.ts';

/** Why an attempt has to be repeated. */
export type RetryCause =
  | LinkErrorCause
  | 'answer_check'
  | 'stale_leader'
  | 'not_enough_replicas'
  | 'replication_timeout'
  | 'leader_moved'
  | 'broker_error';

/** What a broker's error code for one partition asks for. */
export type PartitionFailure =
  | { readonly action: 'refuse'; readonly reason: RejectionReason }
  | { readonly action: 'deny' }
  | { readonly action: 'retry'; readonly cause: RetryCause };

/** @see https://kafka.apache.org/protocol#protocol_error_codes */
const failures: Readonly<Record<number, PartitionFailure>> = {
  3: { action: 'retry', cause: 'stale_leader' }, // UNKNOWN_TOPIC_OR_PARTITION
  5: { action: 'retry', cause: 'stale_leader' }, // LEADER_NOT_AVAILABLE
  6: { action: 'retry', cause: 'stale_leader' }, // NOT_LEADER_OR_FOLLOWER
  7: { action: 'retry', cause: 'replication_timeout' }, // REQUEST_TIMED_OUT
  9: { action: 'retry', cause: 'stale_leader' }, // REPLICA_NOT_AVAILABLE
  10: { action: 'refuse', reason: 'too_large' }, // MESSAGE_TOO_LARGE
  17: { action: 'deny' }, // INVALID_TOPIC_EXCEPTION
  18: { action: 'refuse', reason: 'too_large' }, // RECORD_LIST_TOO_LARGE
  19: { action: 'retry', cause: 'not_enough_replicas' }, // NOT_ENOUGH_REPLICAS
  20: { action: 'retry', cause: 'not_enough_replicas' }, // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  29: { action: 'deny' }, // TOPIC_AUTHORIZATION_FAILED
  31: { action: 'deny' }, // CLUSTER_AUTHORIZATION_FAILED
  32: { action: 'refuse', reason: 'rejected_by_broker' }, // INVALID_TIMESTAMP
  74: { action: 'retry', cause: 'stale_leader' }, // FENCED_LEADER_EPOCH
  75: { action: 'retry', cause: 'stale_leader' }, // UNKNOWN_LEADER_EPOCH
  87: { action: 'refuse', reason: 'rejected_by_broker' }, // INVALID_RECORD
};

/** A code that is not known here is taken as temporary: the records are kept. */
export function toPartitionFailure(errorCode: number): PartitionFailure {
  return failures[errorCode] ?? { action: 'retry', cause: 'broker_error' };
}
