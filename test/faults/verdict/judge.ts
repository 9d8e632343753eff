import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import { isAcknowledged, type SentRequest, type TrafficLog } from '../traffic/traffic-log.ts';
import { javaPartition } from './java-partition.ts';

/**
 * When the service was down on purpose: only then may a connection be refused, and cut only by SIGKILL.
 * Epoch milliseconds.
 */
export interface DownTime {
  readonly from: number;
  readonly to: number;
  readonly isKilled: boolean;
}

export interface Evidence {
  readonly log: TrafficLog;
  /** Everything that the events topic holds, in the order of each partition. */
  readonly stored: readonly StoredRecord[];
  readonly deadLetters: readonly StoredRecord[];
  readonly partitionCount: number;
  readonly downTimes: readonly DownTime[];
}

export interface Verdict {
  readonly sentRequests: number;
  readonly sentEvents: number;
  readonly acknowledgedEvents: number;
  readonly refusedRequests: number;
  readonly cutRequests: number;
  readonly duplicates: number;
  readonly maxAnswerMs: number;
  readonly p99AnswerMs: number;
  /** Acknowledged and in no log: ids. The one number that must be 0 above all. */
  readonly lost: readonly string[];
  /** Everything else that breaks the promise, one sentence each. */
  readonly violations: readonly string[];
}

const providerWaitsMs = 10_000;

/** Compares what was answered with what was stored. Pure: the same evidence gives the same verdict. */
export function judge(evidence: Evidence): Verdict {
  const { log, stored, deadLetters } = evidence;
  const sent = new Map(log.requests.flatMap((request) => request.events.map((event) => [event.id, event] as const)));
  const forged = new Set(
    log.requests.filter((request) => request.kind === 'forged').flatMap((request) => request.events.map(({ id }) => id)),
  );
  const violations: string[] = [];
  const storedIds = new Set<string>();
  for (const record of stored) {
    const id = toEventId(record);
    const event = sent.get(id);
    storedIds.add(id);
    const at = `${record.partition}:${record.offset}`;
    if (event === undefined) {
      violations.push(`stored but never sent: ${at} ${id}`);
    } else if (forged.has(id)) {
      violations.push(`stored with a wrong signature: ${at} ${id}`);
    } else if (record.value?.equals(Buffer.from(event.text)) !== true) {
      violations.push(`bytes changed: ${at} ${id}`);
    } else if (record.key?.toString() !== event.key) {
      violations.push(`wrong key: ${at} ${id} has ${record.key?.toString()}`);
    } else if (record.partition !== javaPartition(record.key, evidence.partitionCount)) {
      violations.push(`wrong partition for its key: ${at} ${id}`);
    }
  }
  const acknowledged = log.requests.filter((request) => request.kind !== 'forged' && isAcknowledged(request));
  const acknowledgedIds = new Set(acknowledged.flatMap((request) => request.events.map(({ id }) => id)));
  violations.push(
    ...judgeAnswers(evidence),
    ...judgeOrder(log, stored),
    ...judgeDeadLetters(acknowledged, log, deadLetters),
  );
  const answered = log.requests.filter((request) => typeof request.outcome === 'number');
  const latencies = answered.map((request) => request.latencyMs).toSorted((a, b) => a - b);
  return {
    sentRequests: log.requests.length,
    sentEvents: sent.size - forged.size,
    acknowledgedEvents: acknowledgedIds.size,
    refusedRequests: log.requests.filter((request) => request.outcome === 503).length,
    cutRequests: log.requests.filter((request) => typeof request.outcome !== 'number').length,
    duplicates: stored.length - storedIds.size,
    maxAnswerMs: latencies.at(-1) ?? 0,
    p99AnswerMs: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    lost: [...acknowledgedIds].filter((id) => !storedIds.has(id)),
    violations,
  };
}

function toEventId(record: StoredRecord): string {
  return /"eventId":"([^"]+)"/.exec(record.value?.toString() ?? '')?.[1] ?? '(no id)';
}

function judgeAnswers({ log, downTimes }: Evidence): string[] {
  const violations: string[] = [];
  for (const request of log.requests) {
    const { outcome, latencyMs, sentAt, kind } = request;
    const answeredAt = sentAt + latencyMs;
    const overlapping = downTimes.filter(({ from, to }) => sentAt <= to && answeredAt >= from);
    const when = new Date(sentAt).toISOString().slice(11);
    if (latencyMs > providerWaitsMs) {
      violations.push(`late: ${kind} sent at ${when} was answered ${outcome} after ${latencyMs.toFixed(0)} ms`);
    } else if (!isAllowed(outcome, kind, overlapping)) {
      violations.push(`wrong answer: ${kind} sent at ${when} got ${outcome} after ${latencyMs.toFixed(0)} ms`);
    }
  }
  return violations;
}

function isAllowed(
  outcome: SentRequest['outcome'],
  kind: SentRequest['kind'],
  downTimes: readonly DownTime[],
): boolean {
  if (typeof outcome !== 'number') {
    return downTimes.some(({ isKilled }) => outcome === 'refused' || (outcome === 'cut' && isKilled));
  }
  return outcome === 503 || outcome === (kind === 'forged' ? 401 : 200);
}

/** A sender that waits for each answer must find its first occurrences in the order of sending. */
function judgeOrder(log: TrafficLog, stored: readonly StoredRecord[]): string[] {
  const firstSeen = new Map<string, number>();
  for (const [index, record] of stored.entries()) {
    const id = toEventId(record);
    if (!firstSeen.has(id)) {
      firstSeen.set(id, index);
    }
  }
  const violations: string[] = [];
  for (const [key, events] of log.waited) {
    let last = -1;
    for (const event of events) {
      const at = firstSeen.get(event.id);
      if (at !== undefined && at < last) {
        violations.push(`order of ${key}: revision ${event.revision} stands before an earlier one`);
      }
      last = Math.max(last, at ?? -1);
    }
  }
  return violations;
}

function judgeDeadLetters(
  acknowledged: readonly SentRequest[],
  log: TrafficLog,
  deadLetters: readonly StoredRecord[],
): string[] {
  const kept = new Set(deadLetters.map((record) => record.value?.toString() ?? ''));
  const sentBad = new Set(log.requests.flatMap((request) => request.badElements));
  return [
    ...acknowledged
      .flatMap((request) => request.badElements)
      .filter((text) => !kept.has(text))
      .map((text) => `acknowledged and not dead-lettered: ${text}`),
    ...[...kept].filter((text) => !sentBad.has(text)).map((text) => `dead-lettered without need: ${text.slice(0, 80)}`),
    ...deadLetters
      .filter((record) => record.headers.reason !== 'not_object')
      .map((record) => `dead-lettered with reason ${record.headers.reason}`),
  ];
}
