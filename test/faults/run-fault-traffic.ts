import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from './services/service.ts';
import { createEventFactory } from './traffic/event-factory.ts';
import { createTarget } from './traffic/post-webhook.ts';
import { watchStalls } from './traffic/stall-watch.ts';
import { startOpenLoop } from './traffic/start-open-loop.ts';
import { isAcknowledged, type TrafficLog } from './traffic/traffic-log.ts';
import { startWaitingSenders } from './traffic/waiting-senders.ts';

export interface TrafficDeps {
  readonly service: Service;
  readonly log: TrafficLog;
  readonly random: () => number;
  readonly requestsPerSecond: number;
  /** Resolves when every fault is over and healed. */
  readonly trouble: () => Promise<void>;
}

const calmMs = 2_000;
export const recoveryLimitMs = 30_000;

/**
 * Calm, trouble, then until the service has recovered. Resolves when the last answer is in, with the time from the
 * end of the trouble to the recovery; `undefined`: none was seen.
 */
export async function runFaultTraffic(deps: TrafficDeps): Promise<number | undefined> {
  const { service, log, random, requestsPerSecond } = deps;
  const target = createTarget({
    ...{ port: service.httpPort, path: service.path },
    secret: () => service.secret(),
    isRouted: () => service.process.isRouted(),
  });
  const shared = { target, events: createEventFactory(), log };
  const endWatch = watchStalls(log);
  const senders = [
    startOpenLoop({ ...shared, random, requestsPerSecond, keyCount: 300 }),
    startWaitingSenders({ ...shared, count: 16 }),
  ];
  try {
    await delay(calmMs);
    await deps.trouble();
    return await waitForRecovery(log);
  } finally {
    await Promise.all(senders.map((sender) => sender.stop()));
    endWatch();
    target.agent.destroy();
  }
}

/** Recovered when everything that was sent within a second and answered is taken. */
async function waitForRecovery(log: TrafficLog): Promise<number | undefined> {
  const healedAt = Date.now();
  while (Date.now() - healedAt < recoveryLimitMs) {
    const from = Date.now();
    await delay(1_000);
    const recent = log.requests.filter((request) => request.sentAt >= from && request.kind !== 'forged');
    if (recent.length > 10 && recent.every(isAcknowledged)) {
      return from - healedAt;
    }
  }
  return undefined;
}
