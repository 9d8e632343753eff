import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../support/wait-until.ts';
import type { Fault } from './fault.ts';

/** This fault is never chosen at random, because it requires a broker whose data is on a disk that can be filled. */
export const diskFull: Fault = {
  name: 'disk of a broker full',
  async run({ cluster, disk }, durationMs) {
    const broker = cluster.brokers.at(-1);
    if (disk === undefined || broker === undefined) {
      throw new Error('This cluster has no disk that can be filled');
    }
    await disk.fill();
    // Kafka marks a directory as failed if it cannot write to the directory. A broker exits if it has no other
    // directory.
    await waitUntil(() => !broker.isRunning(), { timeoutMs: 30_000, what: 'the broker has ended' });
    await delay(durationMs);
    await disk.makeRoom();
    broker.start();
  },
};
