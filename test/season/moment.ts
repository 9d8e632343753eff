import type { Random } from '../../src/tools/provider/simulator/seeded-random.ts';

type Reason =
  | 'sink_unavailable'
  | 'sink_timeout'
  | 'bad_signature'
  | 'too_large'
  | 'body_timeout'
  | 'unsupported_encoding'
  | 'secret_unusable'
  | 'aborted';

export const statusOf: Readonly<Record<Reason | 'ok', number>> = {
  ok: 200,
  bad_signature: 401,
  body_timeout: 408,
  too_large: 413,
  unsupported_encoding: 415,
  aborted: 503,
  secret_unusable: 503,
  sink_timeout: 503,
  sink_unavailable: 503,
};

/** The simulated state of the installation between two samples of Prometheus. Incidents change this state. */
export class Moment {
  sinkUp = true;
  /**
   * The store rejects everything. A single pod gets every delivery, and only this pod reports the rejection, for one
   * minute after each delivery.
   */
  isStoreHanging = false;
  ready: 'all' | 'one' | 'none' = 'all';
  /** `looping`: each process runs for 28 of every 30 minutes. `crashing`: it is up for one sample in six minutes. */
  pods: 'there' | 'one hangs' | 'gone' | 'looping' | 'crashing' = 'there';
  /** The new pod of a rollout never responds. */
  hasStuckPod = false;
  /** One pod is ready but gets no requests. */
  isOneIdle = false;
  /** Number of seconds by which the clock of one pod is ahead. */
  clockAheadSeconds = 0;
  canaryArrives = true;
  filterMoves = true;
  filterReady = true;
  accepted: number;
  readonly refused = new Map<Reason, number>();
  readonly counted = new Map<string, number>();
  /** Gauges of every pod. */
  readonly gauges = new Map<string, number>([
    ['secrets', 2],
    ['secret_usable', 1],
    ['certificate_usable', 1],
    ['store_topic_weakness', 0],
    ['spool_oldest_timestamp_seconds', 0],
    ['spool_bytes', 10],
    ['spool_limit_bytes', 1000],
    ['memory_limit_bytes', 100],
  ]);
  readonly #random: Random;

  constructor(deliveries: number, random: Random) {
    this.accepted = deliveries;
    this.#random = random;
  }

  /** Rejects this share of the deliveries, including every retry of them. */
  refuse(reason: Reason, share: number, attempts: number): void {
    const deliveries = this.#take(share);
    this.turnAway(reason, deliveries * attempts);
  }

  /** Adds rejected requests of unauthenticated clients. */
  turnAway(reason: Reason, requests: number): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + requests);
  }

  /** Rejects every request before its signature is checked, including those of the canary. */
  refuseUnchecked(reason: Reason, attempts: number): void {
    const unproven = this.refused.get('bad_signature') ?? 0;
    this.refused.delete('bad_signature');
    this.canaryArrives = false;
    this.turnAway(reason, unproven);
    this.refuse(reason, 1, attempts);
  }

  /** The provider sends nothing. */
  silence(): void {
    this.#take(1);
  }

  /** No request reaches a receiver, including those of the canary. */
  cutOff(): void {
    this.silence();
    this.refused.clear();
    this.counted.clear();
    this.canaryArrives = false;
  }

  /** All deliveries arrive at an unknown path. */
  misdirect(attempts: number): void {
    this.count('misdirected_deliveries_total', this.#take(1) * attempts);
  }

  count(counter: string, more: number): void {
    this.counted.set(counter, (this.counted.get(counter) ?? 0) + more);
  }

  #take(share: number): number {
    let taken = 0;
    for (let delivery = this.accepted; delivery > 0; delivery -= 1) {
      taken += Number(this.#random() < share);
    }
    this.accepted -= taken;
    return taken;
  }
}
