import { setTimeout as delay } from 'node:timers/promises';
import { readSpool } from '../../support/read-spool.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { Service } from '../services/service.ts';
import type { Fault } from './fault.ts';

const outageMs = 12_000;
const kills = 3;
const settledMs = 60_000;

/** No sender is refused while the store is away, though the receiver dies meanwhile, and once more while its spool is drained. */
export const spooledOutage: Fault = {
  name: 'all brokers gone before a spool + kill -9 the receiver',
  spooled: true,
  async run({ cluster, service, random, log, report, note, conclude }) {
    const from = Date.now();
    await Promise.all(cluster.brokers.map((broker) => broker.kill9()));
    for (let kill = 0; kill < kills; kill += 1) {
      await delay((outageMs / kills) * (0.4 + random() * 0.6));
      await kill9(service);
    }
    note(`${await spoolBytes(service)} bytes were in the spool after ${Date.now() - from} ms`);
    for (const broker of cluster.brokers) {
      broker.start();
    }
    await waitUntil(async () => (await drainedRecords(service)) > 0, {
      timeoutMs: 120_000,
      pollMs: 5,
      what: 'the spool is being drained',
    });
    await kill9(service);
    await cluster.whenReady();
    await untilEmpty(service);
    const to = Date.now();
    conclude(async () => {
      // What came since may have gone through it, too.
      await untilEmpty(service);
      // A new process refuses what the store does not take until its spool is open, which is when it is ready.
      const starts = service.process.downTimes;
      const refused = log.requests.filter(
        ({ outcome, sentAt }) =>
          outcome === 503 &&
          sentAt >= from &&
          sentAt <= to &&
          !starts.some((start) => sentAt >= start.from && sentAt <= start.to),
      );
      if (refused.length > 0) {
        report({
          kind: 'answered',
          text: `${refused.length} deliveries got 503 although the spool had room`,
        });
      }
    });
  },
};

/** A start resolves when it is ready. */
async function kill9(service: Service): Promise<void> {
  await service.process.kill9();
  await service.process.start();
}

async function untilEmpty(service: Service): Promise<void> {
  await waitUntil(async () => (await spoolBytes(service)) === 0, {
    timeoutMs: settledMs,
    what: 'the spool is empty',
  });
}

/** While it is not open nobody knows. */
async function spoolBytes({ managementPort }: Service): Promise<number> {
  const { problem, bytes = Number.NaN } = await readSpool({
    managementUrl: `http://127.0.0.1:${managementPort}`,
  });
  return bytes === 0 && problem !== undefined ? Number.NaN : bytes;
}

async function drainedRecords(service: Service): Promise<number> {
  const name = 'comapi_webhook_spool_drained_records_total{outcome="stored"}';
  return (await service.metrics?.())?.get(name) ?? Number.NaN;
}
