import type { FaultyKafka } from './fault.ts';

/**
 * Reverts all faults: resumes or starts every broker, opens every proxy, and waits until all brokers list all other
 * brokers.
 */
export async function heal({ cluster, proxies }: FaultyKafka): Promise<void> {
  for (const broker of cluster.brokers) {
    broker.resume();
    broker.start();
  }
  await Promise.all(proxies.map((proxy) => proxy.pass()));
  await cluster.whenReady();
}
