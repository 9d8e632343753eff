import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../support/wait-until.ts';
import type { Fault } from './fault.ts';

/** This fault is never chosen at random, because it requires a broker whose data is on a disk that a test can fill. */
export const diskFull: Fault = {
  name: 'disk of a broker full',
  async run({ cluster, disk }, durationMs) {
    const broker = cluster.brokers.at(-1);
    if (disk === undefined || broker === undefined) {
      throw new Error('This cluster has no disk that can be filled');
    }
    await disk.fill();
    // If Kafka cannot write to a data directory, it marks the directory as failed. A broker without any other directory
    // then exits.
    await waitUntil(() => !broker.isRunning(), { timeoutMs: 30_000, what: 'the broker has ended' });
    await delay(durationMs);
    await disk.makeRoom();
    broker.start();
  },
};
