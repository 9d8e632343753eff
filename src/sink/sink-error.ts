/**
 * Why an append did not store everything. The provider sends the events again: the answer is 503.
 *
 * - `sink_unavailable`: the circuit is open, or the store refuses everything for now
 * - `sink_timeout`: the deadline passed before the store acknowledged
 * - `sink_full`: the bound on queued bytes is reached, or the disk is full
 * - `sink_unroutable`: the store is well, and sends a record of that key to nobody as it is set up now
 * - `sink_closed`: the process is shutting down
 */
export type SinkErrorCode =
  | 'sink_unavailable'
  | 'sink_timeout'
  | 'sink_full'
  | 'sink_unroutable'
  | 'sink_closed';

export class SinkError extends Error {
  readonly code: SinkErrorCode;

  constructor(code: SinkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SinkError';
    this.code = code;
  }
}
