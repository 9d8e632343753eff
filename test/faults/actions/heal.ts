import type { FaultyKafka } from './fault.ts';

/** Whatever a fault left behind: every broker up, thawed and listed by all, every proxy passing. */
export async function heal({ cluster, proxies }: FaultyKafka): Promise<void> {
  for (const broker of cluster.brokers) {
    broker.resume();
    broker.start();
  }
  await Promise.all(proxies.map((proxy) => proxy.pass()));
  await cluster.whenReady();
}
