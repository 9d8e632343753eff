import type { Service } from './services/service.ts';
import { stalledMs } from './traffic/stall-watch.ts';
import { isAcknowledged, type TrafficLog } from './traffic/traffic-log.ts';

/** All of this from the end of the last fault, without the time in which sender or service stood still; `undefined`: never seen. */
export interface Recovery {
  /** Until a delivery was taken and the service said that nothing is wrong. */
  readonly servesMs: number | undefined;
  /** Until a second without any refusal, after which the service said so. */
  readonly recoveryMs: number | undefined;
}

export const recoveryLimitMs = 30_000;
/** What a service that stands still until somebody restarts it does not reach. */
export const servesLimitMs = 10_000;

/** A machine that gives less than a quarter of the time does not let a service be judged. */
const mostTimes = 4;

/** Watches traffic that goes on. */
export async function waitForRecovery(log: TrafficLog, isReady: Service['isReady']): Promise<Recovery> {
  const healedAt = Date.now();
  const endsAt = healedAt + mostTimes * recoveryLimitMs;
  const toGivenMs = (at: number) => at - healedAt - stalledMs(log, healedAt, at);
  let servesMs: number | undefined;
  for (let from = healedAt; toGivenMs(from) < recoveryLimitMs && from < endsAt; from = Date.now()) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const recent = log.requests.filter((request) => request.sentAt >= from && request.kind !== 'forged');
    const ready = await isReady();
    if (ready && recent.some(isAcknowledged)) {
      servesMs ??= toGivenMs(from);
    }
    if (ready && recent.length > 10 && recent.every(isAcknowledged)) {
      return { servesMs, recoveryMs: toGivenMs(from) };
    }
  }
  return { servesMs, recoveryMs: undefined };
}
