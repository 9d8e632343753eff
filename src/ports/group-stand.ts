/**
 * Where a consumer group stands beside a record.
 *
 * - `passed`: its position is behind the record, and nobody of it has the record unacknowledged
 * - `delivered`: somebody of it got the record, and has not acknowledged it
 * - `waits`: it has not come to the record
 * - `no-position`: it has no position there
 */
export interface GroupStand {
  readonly kind: 'passed' | 'delivered' | 'waits' | 'no-position';
  /** What the store says of it, as a part of a sentence. */
  readonly detail: string;
}
