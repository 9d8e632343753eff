import { setTimeout as delay } from 'node:timers/promises';
import type { FilterSettings } from '../../../src/stores/kafka/consume/filter/kafka-filter.ts';
import type { FaultyKafka } from '../actions/fault.ts';
import { someRecords, whenRead } from './filter-group.ts';
import type { FilterProcesses } from './filter-processes.ts';

export interface FilterFaultContext extends FaultyKafka {
  readonly filters: FilterProcesses;
  readonly random: () => number;
  readonly say: (text: string) => void;
  /** The events topic. */
  readonly topic: string;
  readonly groupId: string;
}

export const faultyFilter: FilterSettings = {
  sessionTimeoutMs: 6_000,
  commitIntervalMs: 50,
  transactionTimeoutMs: 30_000,
};

type FilterFault = (context: FilterFaultContext) => Promise<void>;

function pickOne<T>(items: readonly T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)];
}

async function killFilter({ filters, random, say }: FilterFaultContext): Promise<void> {
  const filter = pickOne(filters.running(), random);
  say(`kill -9 ${filter?.name}, start another`);
  await filter?.kill9();
  await delay(random() * 1_000);
  filters.start();
}

/** Paused for longer than its session: others have its partitions when it goes on. */
async function makeZombie({ filters, random, say }: FilterFaultContext): Promise<void> {
  const awake = filters.running().filter((filter) => !filter.isPaused());
  const filter = pickOne(awake, random);
  if (filter === undefined || awake.length < 2) {
    return;
  }
  const pauseMs = faultyFilter.sessionTimeoutMs + 1_500 + random() * 3_000;
  say(`pause ${filter.name} for ${Math.round(pauseMs)} ms`);
  filter.pause();
  await delay(pauseMs);
  filter.resume();
}

async function killBroker({ cluster, random, say }: FilterFaultContext): Promise<void> {
  const broker = pickOne(cluster.brokers, random);
  say(`kill -9 broker ${broker?.nodeId}, start it again`);
  await broker?.kill9();
  await delay(1_000 + random() * 2_000);
  broker?.start();
  await cluster.whenReady();
}

async function terminateFilter({ filters, random, say }: FilterFaultContext): Promise<void> {
  const filter = pickOne(
    filters.running().filter((each) => !each.isPaused()),
    random,
  );
  say(`SIGTERM ${filter?.name}, start another`);
  const code = await filter?.terminate();
  if (code !== 0) {
    throw new Error(`${filter?.name} exited with ${code} after SIGTERM`);
  }
  filters.start();
}

/** Also in the middle of transactions, so that nobody knows what was done. */
async function cutConnections({ proxies, random, say }: FilterFaultContext): Promise<void> {
  say('cut connections for 3 s');
  for (const end = performance.now() + 3_000; performance.now() < end; await delay(20 + random() * 300)) {
    pickOne(proxies, random)?.cutAll();
  }
}

/** The broker has taken a batch and nobody hears of it. */
async function loseAnswers({ proxies, random, say }: FilterFaultContext): Promise<void> {
  const ending = random() < 0.5 ? 'cut' : 'silent';
  say(`lose produce answers for 3 s (${ending})`);
  for (const proxy of proxies) {
    proxy.dropAnswers({ probability: 0.05 + random() * 0.2, ending });
  }
  await delay(3_000);
  await Promise.all(proxies.map((proxy) => proxy.pass()));
}

async function freezeNetwork({ proxies, random, say }: FilterFaultContext): Promise<void> {
  const proxy = pickOne(proxies, random);
  say(`freeze the network to ${proxy?.address} for 4 s`);
  proxy?.freeze();
  await delay(4_000);
  await proxy?.pass();
}

const byLot: readonly FilterFault[] = [
  killFilter,
  makeZombie,
  makeZombie,
  killBroker,
  terminateFilter,
  cutConnections,
  loseAnswers,
  freezeNetwork,
];

/** 1 → 3 → 2 filters; each kind of trouble that must be there, and faults by lot for the rest of the time. */
export async function runFilterFaults(context: FilterFaultContext, durationMs: number): Promise<void> {
  const { filters, random, say } = context;
  const end = performance.now() + durationMs;
  filters.start();
  await delay(2_000);
  say('scale 1 to 3');
  filters.start();
  filters.start();
  await delay(4_000);
  await Promise.all([makeZombie(context), delay(2_000).then(() => killFilter(context))]);
  await killBroker(context);
  await cutConnections(context);
  await makeZombie(context);
  await loseAnswers(context);
  while (performance.now() < end) {
    await pickOne(byLot, random)?.(context);
    await delay(random() * 1_500);
  }
  say('scale to 2');
  while (filters.running().length > 2) {
    await filters.running()[0]?.terminate();
  }
}

/** For the control: zombies only, which have something to write when they wake up. */
export async function runZombies(context: FilterFaultContext, durationMs: number): Promise<void> {
  const { random } = context;
  const end = performance.now() + durationMs;
  await whenRead(context, someRecords);
  while (performance.now() < end) {
    await makeZombie(context);
    await delay(500 + random() * 1_500);
  }
}
