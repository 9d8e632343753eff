import { stalledMs } from '../traffic/stall-watch.ts';
import type { SentRequest } from '../traffic/traffic-log.ts';
import type { DownTime, Evidence, Violation } from './judge.ts';

const providerWaitsMs = 10_000;

/** 200 or 503 to what is signed, 401 to what is forged, each within the time that the provider waits. */
export function judgeAnswers({ log, downTimes }: Pick<Evidence, 'log' | 'downTimes'>): Violation[] {
  const violations: Violation[] = [];
  for (const request of log.requests) {
    const { outcome, latencyMs, sentAt, kind } = request;
    const answeredAt = sentAt + latencyMs;
    // A sender that stood still hears late of a connection that has ended.
    const overlapping = downTimes.filter(
      ({ from, to }) => sentAt - stalledMs(log, to, answeredAt) <= to && answeredAt >= from,
    );
    const when = new Date(sentAt).toISOString().slice(11);
    const text = `${kind} sent at ${when} got ${outcome} after ${latencyMs.toFixed(0)} ms`;
    const stoodStillMs = stalledMs(log, sentAt, answeredAt);
    // By a clock that went on meanwhile.
    const hasGivenUpEarly = outcome === 'no_answer' && stoodStillMs > 0;
    if (latencyMs - stoodStillMs > providerWaitsMs) {
      violations.push({ kind: 'late', text });
    } else if (!isAllowed(outcome, kind, overlapping) && !hasGivenUpEarly) {
      violations.push({ kind: 'wrong answer', text });
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
