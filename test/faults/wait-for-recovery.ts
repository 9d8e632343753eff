import type { Service } from './services/service.ts';
import { isAcknowledged, type TrafficLog } from './traffic/traffic-log.ts';

/** All of this from the end of the last fault; `undefined`: never seen. */
export interface Recovery {
  /** Until a delivery was taken and the service was ready, if it says so. */
  readonly servesMs: number | undefined;
  /** Until a second without any refusal, in which the service was ready. */
  readonly recoveryMs: number | undefined;
}

export const recoveryLimitMs = 30_000;
/** What a service that stands still until somebody restarts it does not reach. */
export const servesLimitMs = 10_000;

/** Watches traffic that goes on. */
export async function waitForRecovery(
  log: TrafficLog,
  isReady: Service['isReady'] = async () => true,
): Promise<Recovery> {
  const healedAt = Date.now();
  let servesMs: number | undefined;
  while (Date.now() - healedAt < recoveryLimitMs) {
    const from = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const recent = log.requests.filter((request) => request.sentAt >= from && request.kind !== 'forged');
    const ready = await isReady();
    if (ready && recent.some(isAcknowledged)) {
      servesMs ??= from - healedAt;
    }
    if (ready && recent.length > 10 && recent.every(isAcknowledged)) {
      return { servesMs, recoveryMs: from - healedAt };
    }
  }
  return { servesMs, recoveryMs: undefined };
}
