import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from './services/service.ts';
import { createEventFactory } from './traffic/event-factory.ts';
import { createTarget } from './traffic/post-webhook.ts';
import { watchStalls } from './traffic/stall-watch.ts';
import { startOpenLoop } from './traffic/start-open-loop.ts';
import type { TrafficLog } from './traffic/traffic-log.ts';
import { startWaitingSenders } from './traffic/waiting-senders.ts';
import { type Recovery, waitForRecovery } from './wait-for-recovery.ts';

export interface TrafficDeps {
  readonly service: Service;
  readonly log: TrafficLog;
  readonly random: () => number;
  readonly requestsPerSecond: number;
  /** Resolves when every fault is over and healed. */
  readonly trouble: () => Promise<void>;
}

const calmMs = 2_000;

/** Calm, trouble, then until the service has recovered. Resolves when the last answer is in. */
export async function runFaultTraffic(deps: TrafficDeps): Promise<Recovery> {
  const { service, log, random, requestsPerSecond } = deps;
  const target = createTarget({
    ...{ port: service.httpPort, tls: service.tls === true, path: service.path },
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
    return await waitForRecovery(log, service.isReady);
  } finally {
    await Promise.all(senders.map((sender) => sender.stop()));
    endWatch();
    target.agent.destroy();
  }
}
