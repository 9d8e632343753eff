import { cpuSeconds } from '../../support/process-counters.ts';
import { toMedian, toMedianRatio } from '../median.ts';
import { runLoad } from '../run-load.ts';
import { createVariants, findVariant, type RunningVariant, startVariant } from '../variants.ts';
import { type PodBench, podCounts, podShapes, printHead, printRow, type Repetition } from './pod-bench.ts';
import { startBalancer } from './start-balancer.ts';

/**
 * A table: what a single costs bare node:http in one, two and four processes behind the same proxy on the same core, with as
 * many connections for each. So much is the machine's and the proxy's part.
 * @returns how many times as much as in one, by the number of processes
 */
export async function compareBare(
  bench: PodBench,
  { rounds, seconds }: Repetition,
): Promise<ReadonlyMap<number, number>> {
  const variants = createVariants({ brokers: '', topic: '', deadLetterTopic: '' });
  const bare = findVariant(variants, 'bare node:http');
  const servers: RunningVariant[] = [];
  const taken = new Map<number, number[]>(podCounts.map((count) => [count, []]));
  try {
    for (let server = 0; server < Math.max(...podCounts); server += 1) {
      servers.push(await startVariant({ ...bare, name: `bare ${server}` }, { ...bench, core: 0 }));
    }
    const ports = servers.map(({ url }) => new URL(url).port);
    const balancer = await startBalancer(ports, podCounts, bench.directory);
    const [{ batchSize, connectionsAPod }] = podShapes;
    const cpu = () => servers.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
    // Round 0 warms up.
    for (let round = 0; round <= rounds; round += 1) {
      for (const count of podCounts) {
        const before = cpu();
        const { requests, failures } = await runLoad({
          ...{ url: balancer.urls.get(count) ?? '', bodies: bench.bodies(batchSize) },
          ...{ connections: count * connectionsAPod, seconds },
        });
        if (failures > 0) {
          bench.complain(`bare node:http, ${count} processes: ${failures} requests failed`);
        }
        if (round > 0) {
          taken.get(count)?.push(((cpu() - before) * 1e6) / requests);
        }
      }
    }
    await balancer.stop();
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
  printHead(['bare node:http, processes', 'CPU µs a single', 'to one']);
  const [one = []] = taken.values();
  return new Map(
    [...taken].map(([count, own]) => {
      const toOne = toMedianRatio(own, one);
      printRow([count, toMedian(own).toFixed(1), toOne.toFixed(2)]);
      return [count, toOne];
    }),
  );
}
