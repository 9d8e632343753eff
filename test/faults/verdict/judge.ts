import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import { isAcknowledged, type SentRequest, type TrafficLog } from '../traffic/traffic-log.ts';
import { javaPartition } from './java-partition.ts';
import { judgeAnswers } from './judge-answers.ts';

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
  /** Acknowledged by a flood that keeps no log; its ids begin with `flood-`. */
  readonly flooded?: readonly string[];
  /** Everything that the events topic holds, in the order of each partition. */
  readonly stored: readonly StoredRecord[];
  readonly deadLetters: readonly StoredRecord[];
  /** `undefined` where there are no partitions. */
  readonly partitionCount: number | undefined;
  readonly downTimes: readonly DownTime[];
  /** Epoch milliseconds at which the topic was made again: what was sent before is not expected in the new log. */
  readonly madeAgainAt?: number;
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
  /** Everything else that breaks the promise. */
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
    | 'answered'
    | 'rate';
  readonly text: string;
}

/** Compares what was answered with what was stored. Pure: the same evidence gives the same verdict. */
export function judge(evidence: Evidence): Verdict {
  const { log, stored, deadLetters, madeAgainAt = 0 } = evidence;
  const sent = new Map(
    log.requests.flatMap((request) => request.events.map((event) => [event.id, event] as const)),
  );
  const forged = new Set(
    log.requests
      .filter((request) => request.kind === 'forged')
      .flatMap((request) => request.events.map(({ id }) => id)),
  );
  const violations: Violation[] = [];
  const storedIds = new Set<string>();
  for (const record of stored) {
    const id = toEventId(record);
    const event = sent.get(id);
    storedIds.add(id);
    if (id.startsWith('flood-')) {
      continue;
    }
    const at = `${record.partition}:${record.offset}`;
    if (event === undefined) {
      violations.push({ kind: 'unknown', text: `stored but never sent: ${at} ${id}` });
    } else if (forged.has(id)) {
      violations.push({ kind: 'unknown', text: `stored with a wrong signature: ${at} ${id}` });
    } else if (record.value?.equals(Buffer.from(event.text)) !== true) {
      violations.push({ kind: 'bytes', text: `not the bytes that were sent: ${at} ${id}` });
    } else if (record.key?.toString() !== event.key) {
      violations.push({ kind: 'key', text: `wrong key: ${at} ${id} has ${record.key?.toString()}` });
    } else if (
      evidence.partitionCount !== undefined &&
      record.partition !== javaPartition(record.key, evidence.partitionCount)
    ) {
      violations.push({ kind: 'key', text: `wrong partition for its key: ${at} ${id}` });
    }
  }
  const acknowledged = log.requests.filter((request) => request.kind !== 'forged' && isAcknowledged(request));
  const acknowledgedIds = new Set([
    ...acknowledged.flatMap((request) => request.events.map(({ id }) => id)),
    ...(evidence.flooded ?? []),
  ]);
  const expected = acknowledged.filter(({ sentAt }) => sentAt >= madeAgainAt);
  const expectedIds = new Set([
    ...expected.flatMap((request) => request.events.map(({ id }) => id)),
    ...(evidence.flooded ?? []),
  ]);
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
    lost: [...expectedIds].filter((id) => !storedIds.has(id)),
    violations,
  };
}

function toEventId(record: StoredRecord): string {
  return /"eventId":"([^"]+)"/.exec(record.value?.toString() ?? '')?.[1] ?? '(no id)';
}

/** A sender that waits for each answer must find its first occurrences in the order of sending. */
function judgeOrder(log: TrafficLog, stored: readonly StoredRecord[]): Violation[] {
  const firstSeen = new Map<string, number>();
  for (const [index, record] of stored.entries()) {
    const id = toEventId(record);
    if (!firstSeen.has(id)) {
      firstSeen.set(id, index);
    }
  }
  const violations: Violation[] = [];
  for (const [key, events] of log.waited) {
    let last = -1;
    for (const event of events) {
      const at = firstSeen.get(event.id);
      if (at !== undefined && at < last) {
        violations.push({
          kind: 'order',
          text: `${key}: revision ${event.revision} stands before an earlier one`,
        });
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
): Violation[] {
  const kept = new Set(deadLetters.map((record) => record.value?.toString() ?? ''));
  const sentBad = new Set(log.requests.flatMap((request) => request.badElements));
  const texts = [
    ...acknowledged
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
