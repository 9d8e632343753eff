import type { Service } from './services/service.ts';
import { stalledMs } from './traffic/stall-watch.ts';
import { isAcknowledged, type TrafficLog } from './traffic/traffic-log.ts';

/**
 * Times since the end of the last fault, without the time during which the sender or the service was stalled.
 * `undefined` if the event did not occur.
 */
export interface Recovery {
  /** Time until a delivery was accepted and the service reported that it had no problem. */
  readonly servesMs: number | undefined;
  /** Time until there was a second without rejections and the service then reported that it had no problem. */
  readonly recoveryMs: number | undefined;
}

export const recoveryLimitMs = 30_000;
/**
 * Maximum time until a service must accept deliveries again. A service that needs a restart to recover exceeds this
 * time.
 */
export const servesLimitMs = 10_000;

/**
 * Factor by which the observation may last longer on a stalled machine. If the machine was stalled for more than three
 * quarters of this time, the service cannot be checked.
 */
const maxTimes = 4;

/** Observes the ongoing traffic until the service has recovered. */
export async function waitForRecovery(log: TrafficLog, isReady: Service['isReady']): Promise<Recovery> {
  const healedAt = Date.now();
  const endsAt = healedAt + maxTimes * recoveryLimitMs;
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
