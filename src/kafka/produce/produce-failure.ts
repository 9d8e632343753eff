import { laneFailures } from '../../append/lane-store.ts';
import { findMeaning, type ProduceFailure } from '../errors/kafka-errors.ts';

export const retryCauses = [
  ...laneFailures,
  'stale_leader',
  'not_enough_replicas',
  'replication_timeout',
  'leader_moved',
  'broker_error',
] as const;

/** Why an attempt has to be repeated. */
export type RetryCause = (typeof retryCauses)[number];

/** A code that is not known here is taken as temporary: the records are kept. */
export function toPartitionFailure(errorCode: number): ProduceFailure {
  return findMeaning(errorCode).produce ?? { action: 'retry', cause: 'broker_error' };
}
