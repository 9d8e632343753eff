import { setTimeout as delay } from 'node:timers/promises';
import type { Broker } from '../../support/kafka/broker-process.ts';
import { residentMib } from '../../support/process-counters.ts';
import { benchTopics, startBenchKafka } from '../bench-stores.ts';
import { toMedian, toMedianRatio } from '../median.ts';
import { runLoad } from '../run-load.ts';
import type { RunningVariant } from '../variants.ts';
import { warmUp } from '../warm-up.ts';
import {
  type PodBench,
  podCounts,
  podShapes,
  printHead,
  printRow,
  type Repetition,
  startPod,
} from './pod-bench.ts';
import { addUp, type PodCounters, readPodCounters, subtract } from './pod-counters.ts';
import { startBalancer } from './start-balancer.ts';

/** A pod gets its share to so much. */
const evenness = 0.1;
/**
 * Each pod has as many connections as the one: an event of a batch may cost so many times as much. Pods on one core share its
 * caches.
 */
const batchMargin = 1.4;
/** A single may cost so many times as much, beyond what as many processes on one core cost bare node:http. */
const singleMargin = 1.3;

interface Run {
  readonly pods: number;
  readonly batchSize: number;
  readonly connections: number;
  /** Each pod has the number of its shape. */
  readonly isScaled: boolean;
}

interface Figures {
  readonly cpuUs: number;
  readonly perProduceRequest: number;
  readonly perSecond: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** The least and the most of a pod, 1 being its share. */
  readonly shares: readonly [number, number];
}

/** As many connections for each pod; then, for several, as many in all: fewer records meet in a produce request. */
const runs: readonly Run[] = podShapes.flatMap(({ batchSize, connectionsAPod }) => [
  ...podCounts.map((pods) => ({ pods, batchSize, connections: pods * connectionsAPod, isScaled: true })),
  ...podCounts.slice(1).map((pods) => ({ pods, batchSize, connections: connectionsAPod, isScaled: false })),
]);

/**
 * A table: what an event costs in one, two and four pods behind one proxy.
 * @param bareToOne of a single on bare node:http: what it costs in so many processes, to one
 */
export async function comparePods(
  bench: PodBench,
  { rounds, seconds }: Repetition,
  bareToOne: ReadonlyMap<number, number>,
): Promise<void> {
  const cluster = await startBenchKafka();
  const { bootstrap: brokers } = cluster;
  const { port: brokerPort } = cluster.brokers[0] as Broker;
  const pods: RunningVariant[] = [];
  try {
    for (let pod = 0; pod < Math.max(...podCounts); pod += 1) {
      pods.push(await startPod(bench, { name: `pod ${pod}`, brokers, topic: benchTopics.topic }));
    }
    const ports = pods.map(({ url }) => new URL(url).port);
    const balancer = await startBalancer(ports, podCounts, bench.directory);
    for (const { batchSize, connectionsAPod: connections, warmUp: requests } of podShapes) {
      for (const pod of pods) {
        await warmUp(pod, { bodies: bench.bodies(batchSize), connections, requests });
      }
    }
    const taken = new Map<Run, Figures[]>(runs.map((run) => [run, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const run of runs) {
        const load = { url: balancer.urls.get(run.pods) ?? '', seconds, brokerPort };
        taken.get(run)?.push(await measureRun(bench, run, pods.slice(0, run.pods), load));
      }
      process.stderr.write(`round ${round} of ${rounds} done\n`);
    }
    print(bench, taken, bareToOne);
    process.stdout.write(`\nresident MiB: ${pods.map(({ pid }) => residentMib(pid).toFixed(0)).join(' ')}\n`);
    await balancer.stop();
  } finally {
    await Promise.all(pods.map((pod) => pod.stop()));
    await cluster.stop();
  }
}

async function measureRun(
  bench: PodBench,
  run: Run,
  pods: readonly RunningVariant[],
  { url, seconds, brokerPort }: { url: string; seconds: number; brokerPort: number },
): Promise<Figures> {
  const read = () => Promise.all(pods.map((pod) => readPodCounters(pod, brokerPort)));
  const before = await read();
  const { connections, batchSize } = run;
  const { failures } = await runLoad({ url, bodies: bench.bodies(batchSize), connections, seconds });
  // What was under way is stored too, and counted.
  await delay(500);
  const done = (await read()).map((after, index) => subtract(after, before[index] as PodCounters));
  if (failures > 0) {
    bench.complain(`${run.pods} pods, batches of ${batchSize}: ${failures} requests failed`);
  }
  const all = addUp(done);
  const shares = done.map(({ events }) => (events * done.length) / all.events);
  return {
    cpuUs: (all.cpuSeconds * 1e6) / all.events,
    perProduceRequest: all.events / all.produceRequests,
    perSecond: all.events / seconds,
    sentBytes: all.sentBytes / all.events,
    receivedBytes: all.receivedBytes / all.events,
    shares: [Math.min(...shares), Math.max(...shares)],
  };
}

function print(
  bench: PodBench,
  taken: ReadonlyMap<Run, readonly Figures[]>,
  bareToOne: ReadonlyMap<number, number>,
): void {
  printHead([
    ...['events a body', 'connections', 'pods', 'CPU µs an event, all pods', 'to one pod'],
    ...['records a produce request', 'bytes to the broker an event', 'bytes from it'],
    ...['share of a pod, least and most', 'events/s'],
  ]);
  let one: readonly Figures[] = [];
  for (const [run, own] of taken) {
    const median = (pick: (each: Figures) => number) => toMedian(own.map(pick));
    one = run.pods === 1 ? own : one;
    const cpuUs = own.map((each) => each.cpuUs);
    const toOne = toMedianRatio(
      cpuUs,
      one.map((each) => each.cpuUs),
    );
    const mostToOne =
      run.batchSize > 1 ? batchMargin : singleMargin * (bareToOne.get(run.pods) ?? Number.NaN);
    const least = Math.min(...own.map(({ shares }) => shares[0]));
    const most = Math.max(...own.map(({ shares }) => shares[1]));
    printRow([
      ...[run.batchSize, run.connections, run.pods, toMedian(cpuUs).toFixed(1), toOne.toFixed(2)],
      median((each) => each.perProduceRequest).toFixed(1),
      median((each) => each.sentBytes).toFixed(0),
      median((each) => each.receivedBytes).toFixed(1),
      `${least.toFixed(2)}–${most.toFixed(2)}`,
      median((each) => each.perSecond).toFixed(0),
    ]);
    if (!(least >= 1 - evenness && most <= 1 + evenness)) {
      bench.complain(`${run.pods} pods, batches of ${run.batchSize}: events are not spread evenly`);
    }
    if (run.isScaled && !(toOne <= mostToOne)) {
      bench.complain(
        `batches of ${run.batchSize}: an event costs ${toOne.toFixed(2)} times as much in ${run.pods} pods`,
      );
    }
  }
}
