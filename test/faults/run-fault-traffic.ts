import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from './services/service.ts';
import { createEventFactory } from './traffic/event-factory.ts';
import { createTarget } from './traffic/post-webhook.ts';
import { watchStalls } from './traffic/stall-watch.ts';
import { type OpenLoop, startOpenLoop } from './traffic/start-open-loop.ts';
import { isAcknowledged, type TrafficLog } from './traffic/traffic-log.ts';
import { startWaitingSenders } from './traffic/waiting-senders.ts';
import { type Recovery, waitForRecovery } from './wait-for-recovery.ts';

export interface TrafficDeps {
  readonly service: Service;
  readonly log: TrafficLog;
  readonly random: () => number;
  readonly requestsPerSecond: number;
  /** Resolves when all faults have ended and their effects are reverted. */
  readonly runFaults: () => Promise<void>;
}

const calmMs = 500;
const maxSlowDowns = 3;

/**
 * Runs traffic before and during the faults, until the service has recovered. Resolves when all responses have arrived.
 */
export async function runFaultTraffic(deps: TrafficDeps): Promise<Recovery> {
  const { service, log, random, requestsPerSecond } = deps;
  const target = createTarget({
    ...{ port: service.httpPort, tls: service.tls, path: service.path },
    secret: () => service.secret(),
    isRouted: () => service.process.isRouted(),
  });
  const shared = { target, events: createEventFactory(), log };
  const endWatch = watchStalls(log, () => service.process.pid);
  const openLoop = startOpenLoop({ ...shared, random, requestsPerSecond, keyCount: 300 });
  const senders = [openLoop, startWaitingSenders({ ...shared, count: 16 })];
  try {
    await findCarriedRate(openLoop, log);
    await deps.runFaults();
    return await waitForRecovery(log, service.isReady);
  } finally {
    await Promise.all(senders.map((sender) => sender.stop()));
    endWatch();
    target.agent.destroy();
  }
}

/**
 * Waits until all requests succeed before the faults start. Lowers the rate if the machine cannot sustain it without
 * faults.
 */
async function findCarriedRate(openLoop: OpenLoop, log: TrafficLog): Promise<void> {
  await delay(calmMs);
  for (let slowDowns = 0; slowDowns < maxSlowDowns; slowDowns += 1) {
    const from = Date.now();
    await delay(calmMs);
    const recent = log.requests.filter(({ kind, sentAt }) => kind !== 'forged' && sentAt >= from);
    if (recent.length > 0 && recent.every(isAcknowledged)) {
      return;
    }
    openLoop.slowDown();
  }
}
