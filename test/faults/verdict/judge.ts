import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import { isAcknowledged, type SentRequest, type TrafficLog } from '../traffic/traffic-log.ts';
import { judgeAnswers, judgeLateness } from './judge-answers.ts';
import { judgeBytes, judgeKeys, judgeOrder, judgeOrigin, toEventId } from './judge-records.ts';
import { runJudges } from './run-judges.ts';

/**
 * Period of intentional downtime, in epoch milliseconds. Connections may be refused only in such a period, and only
 * SIGKILL may cut a connection.
 */
export interface DownTime {
  readonly from: number;
  readonly to: number;
  readonly isKilled: boolean;
}

export interface Evidence {
  readonly log: TrafficLog;
  /**
   * Ids of events that a flood sent and that were acknowledged. `log` does not contain the requests of a flood. The ids
   * begin with `flood-`.
   */
  readonly flooded?: readonly string[];
  /** All records of the events topic, in the order of each partition. */
  readonly stored: readonly StoredRecord[];
  readonly deadLetters: readonly StoredRecord[];
  /** Number of partitions. `undefined` if the store has no partitions. */
  readonly partitionCount: number | undefined;
  readonly downTimes: readonly DownTime[];
  /**
   * Time in epoch milliseconds at which the topic was recreated. The new log need not contain events that were sent
   * before this time.
   */
  readonly madeAgainAt?: number;
}

/** Numbers of requests and events in a round. */
interface Counts {
  readonly sentRequests: number;
  readonly sentEvents: number;
  readonly acknowledgedEvents: number;
  readonly refusedRequests: number;
  readonly cutRequests: number;
  readonly duplicates: number;
  readonly maxAnswerMs: number;
  readonly p99AnswerMs: number;
}

export interface Verdict extends Counts {
  /** Ids of events that were acknowledged but are not stored. The list must be empty. */
  readonly lost: readonly string[];
  /** Violations of guarantees other than the loss of an event. */
  readonly violations: readonly Violation[];
}

export interface Violation {
  readonly kind:
    | 'late'
    | 'wrong answer'
    | 'order'
    | 'bytes'
    | 'key'
    | 'unknown'
    | 'dead letter'
    | 'ledger'
    | 'recovery'
    | 'exit'
    | 'memory'
    | 'answered';
  readonly text: string;
}

/** Checks for all violations except lost events. */
export const verdictJudges = {
  judgeOrigin,
  judgeBytes,
  judgeKeys,
  judgeLateness,
  judgeAnswers,
  judgeOrder,
  judgeDeadLetters,
};

/**
 * Compares the responses with the stored records. The function is pure, so the same evidence always gives the same
 * verdict.
 */
export function judge(evidence: Evidence): Verdict {
  const violations = runJudges<Evidence, Violation>(verdictJudges, evidence);
  return { ...count(evidence), lost: findLost(evidence), violations };
}

/** @returns ids of acknowledged events that are not stored */
export function findLost(evidence: Evidence): readonly string[] {
  const { log, stored, flooded = [], madeAgainAt = 0 } = evidence;
  const expected = log.requests.filter((request) => isTaken(request) && request.sentAt >= madeAgainAt);
  const storedIds = new Set(stored.map(toEventId));
  return [...listIds(expected, flooded)].filter((id) => !storedIds.has(id));
}

export function count({ log, stored, flooded = [] }: Evidence): Counts {
  const { requests } = log;
  const isForged = ({ kind }: SentRequest) => kind === 'forged';
  const answered = requests.filter((request) => typeof request.outcome === 'number');
  const latencies = answered.map((request) => request.latencyMs).toSorted((a, b) => a - b);
  return {
    sentRequests: requests.length,
    sentEvents: listIds(requests).size - listIds(requests.filter(isForged)).size,
    acknowledgedEvents: listIds(requests.filter(isTaken), flooded).size,
    refusedRequests: requests.filter((request) => request.outcome === 503).length,
    cutRequests: requests.filter((request) => typeof request.outcome !== 'number').length,
    duplicates: stored.length - new Set(stored.map(toEventId)).size,
    maxAnswerMs: latencies.at(-1) ?? 0,
    p99AnswerMs: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}

function isTaken(request: SentRequest): boolean {
  return request.kind !== 'forged' && isAcknowledged(request);
}

function listIds(requests: readonly SentRequest[], others: readonly string[] = []): ReadonlySet<string> {
  return new Set([...requests.flatMap(({ events }) => events.map(({ id }) => id)), ...others]);
}

/** Checks that the dead letters are exactly the acknowledged invalid elements, with their reasons. */
export function judgeDeadLetters({ log, deadLetters }: Pick<Evidence, 'log' | 'deadLetters'>): Violation[] {
  const kept = new Set(deadLetters.map((record) => record.value?.toString() ?? ''));
  const sentBad = new Set(log.requests.flatMap((request) => request.badElements));
  const texts = [
    ...log.requests
      .filter(isTaken)
      .flatMap((request) => request.badElements)
      .filter((text) => !kept.has(text))
      .map((text) => `acknowledged and not there: ${text}`),
    ...[...kept]
      .filter((text) => !sentBad.has(text))
      .map((text) => `there without need: ${text.slice(0, 80)}`),
    ...deadLetters
      .filter((record) => record.headers.reason !== 'not_object')
      .map((record) => `its reason is ${record.headers.reason}`),
  ];
  return texts.map((text) => ({ kind: 'dead letter', text }));
}
