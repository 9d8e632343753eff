import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toEventTargets } from '../../../src/stores/rabbitmq/publish-target.ts';
import { createRandom } from '../../simulation/world/random.ts';
import { type CuttingRelay, startCuttingRelay } from '../../support/cutting-relay.ts';
import { quorum, withChannel } from '../../support/rabbitmq/declare-queue.ts';
import {
  type RabbitMqCluster,
  startRabbitMqCluster,
  toUrl,
} from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { startTestSink } from '../../support/rabbitmq/rabbitmq-sink.ts';
import { drainQueue, toStoredRecords } from '../../support/rabbitmq/read-queue.ts';
import { findDisorder, startSinkLoad } from '../../support/sink-load.ts';

const seed = Number(process.env.FAULT_SEED ?? 1);
const random = createRandom(seed);
const roundCount = 12;
const exchange = 'rounds';
const queue = 'rounds-queue';
const keys = ['a', 'b', 'c', 'd', 'e'];
const providerMs = 10_000;
/** Time to wait after declaring a queue. If the server is killed earlier, the queue and its messages may be lost. */
const ripeMs = 3_000;

let cluster: RabbitMqCluster;
let relay: CuttingRelay;

beforeAll(async () => {
  cluster = await startRabbitMqCluster({ nodes: 1 });
  relay = await startCuttingRelay(cluster.nodes[0]?.port ?? 0);
});

afterAll(async () => {
  await relay?.close();
  await cluster?.stop();
});

const control = async (...args: readonly string[]) => void (await cluster.nodes[0]?.control(...args));
const setWriting = (pattern: string) => control('set_permissions', '-p', '/', 'guest', '.*', pattern, '.*');
const changeBinding = (change: 'bindQueue' | 'unbindQueue') =>
  withChannel(cluster.url, async (channel) => void (await channel[change](queue, exchange, '#')));

async function restart(end: 'kill9' | 'stop'): Promise<void> {
  const [node] = cluster.nodes;
  await node?.[end]();
  await delay(random.between(0, 2_000));
  node?.start();
  await cluster.whenReady();
}

interface Fault {
  begin(): Promise<void>;
  end(): Promise<void>;
}

const faults: Readonly<Record<string, Fault>> = {
  'connections cut at any byte, before and after confirms': {
    async begin() {
      relay.chooseCut = () => ({ bytes: random.between(1, 20_000), isReset: random.chance(0.5) });
      relay.cutAll();
    },
    async end() {
      relay.chooseCut = undefined;
    },
  },
  'a full queue, which rejects messages': {
    begin: () => control('set_policy', 'full', `^${queue}$`, '{"max-length":1,"overflow":"reject-publish"}'),
    end: () => control('clear_policy', 'full'),
  },
  'an alarm, which blocks the connection': {
    begin: () => control('set_vm_memory_high_watermark', '0.00001'),
    end: () => control('set_vm_memory_high_watermark', '0.6'),
  },
  'an exchange without a queue, which returns messages': {
    begin: () => changeBinding('unbindQueue'),
    end: () => changeBinding('bindQueue'),
  },
  'a user who may not write': { begin: () => setWriting('^$'), end: () => setWriting('.*') },
  'a server that is killed': { begin: async () => {}, end: () => restart('kill9') },
  'a server that is stopped': { begin: async () => {}, end: () => restart('stop') },
};

test(`faults of the seed ${seed} lose nothing acknowledged, and the sink recovers by itself`, async () => {
  await withChannel(cluster.url, async (channel) => {
    await channel.assertExchange(exchange, 'topic', { durable: true });
    await channel.assertQueue(queue, { durable: true, arguments: quorum });
    await channel.bindQueue(queue, exchange, '#');
  });
  await delay(ripeMs);
  const targets = toEventTargets(exchange, { exchange });
  const { sink } = await startTestSink({ url: toUrl(relay.port), topics: [[exchange, targets]] });
  const load = startSinkLoad({ sink, topic: exchange, keys, budgetMs: 8_000 });
  const names = Object.keys(faults);
  const story: string[] = [];
  for (let round = 0; round < roundCount; round += 1) {
    const name = names[round] ?? random.pick(names);
    story.push(name);
    await faults[name]?.begin();
    await delay(random.between(50, 4_000));
    await faults[name]?.end();
    const acknowledged = load.acknowledged.length;
    await expect
      .poll(() => load.acknowledged.length, { timeout: 30_000, message: story.join(', then ') })
      .toBeGreaterThan(acknowledged + 50);
    await expect.poll(() => sink.health(), { timeout: 30_000 }).toEqual({ up: true, detail: '' });
  }
  await load.stop();
  const stored = toStoredRecords(await drainQueue(cluster.url, queue));
  const values = new Set(stored.map(({ value }) => value?.toString()));
  expect(load.acknowledged.filter(({ value }) => !values.has(value.toString()))).toEqual([]);
  expect(findDisorder(load, stored)).toEqual([]);
  expect(load.refused.length).toBeGreaterThan(0);
  expect(Math.max(...[...load.acknowledged, ...load.refused].map(({ tookMs }) => tookMs))).toBeLessThan(
    providerMs,
  );
});
