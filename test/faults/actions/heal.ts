import type { FaultyKafka } from './fault.ts';

/** Reverts all faults: starts and thaws every broker until all brokers list all others, and opens every proxy. */
export async function heal({ cluster, proxies }: FaultyKafka): Promise<void> {
  for (const broker of cluster.brokers) {
    broker.resume();
    broker.start();
  }
  await Promise.all(proxies.map((proxy) => proxy.pass()));
  await cluster.whenReady();
}
