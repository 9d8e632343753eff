import { stalledMs } from '../traffic/stall-watch.ts';
import type { SentRequest, TrafficLog } from '../traffic/traffic-log.ts';
import type { DownTime, Evidence, Violation } from './judge.ts';

const providerWaitsMs = 10_000;

/** Checks that each response arrives within the provider's timeout. */
export function judgeLateness({ log }: Pick<Evidence, 'log'>): Violation[] {
  return log.requests
    .filter((request) => isLate(log, request))
    .map((request) => ({ kind: 'late', text: toText(request) }));
}

/** Checks that signed requests get status 200 or 503, and that forged requests get status 401. */
export function judgeAnswers({ log, downTimes }: Pick<Evidence, 'log' | 'downTimes'>): Violation[] {
  const inTime = log.requests.filter((request) => !isLate(log, request));
  return inTime.flatMap((request) => {
    const { outcome, latencyMs, sentAt, kind } = request;
    const answeredAt = sentAt + latencyMs;
    // A stalled sender detects late that a connection has ended.
    const overlapping = downTimes.filter(
      ({ from, to }) => sentAt - stalledMs(log, to, answeredAt) <= to && answeredAt >= from,
    );
    // The timeout was measured with a clock that continued during the stall, so the client stopped waiting too early.
    const hasGivenUpEarly = outcome === 'no_answer' && stalledMs(log, sentAt, answeredAt) > 0;
    return isAllowed(outcome, kind, overlapping) || hasGivenUpEarly
      ? []
      : [{ kind: 'wrong answer', text: toText(request) }];
  });
}

function isLate(log: TrafficLog, { sentAt, latencyMs }: SentRequest): boolean {
  return latencyMs - stalledMs(log, sentAt, sentAt + latencyMs) > providerWaitsMs;
}

function toText({ sentAt, latencyMs, kind, outcome }: SentRequest): string {
  const when = new Date(sentAt).toISOString().slice(11);
  return `${kind} sent at ${when} got ${outcome} after ${latencyMs.toFixed(0)} ms`;
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
