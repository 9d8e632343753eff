import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBroker } from '../../../simulation/rabbitmq/broker.ts';
import { createRabbitMqNode } from '../../../simulation/rabbitmq/rabbitmq-node.ts';
import { createRandom } from '../../../simulation/world/random.ts';
import { startAmqpTalk } from '../../../support/rabbitmq/amqp-talk.ts';
import { type RabbitMqCluster, startRabbitMqCluster } from '../../../support/rabbitmq/rabbitmq-cluster.ts';
import { declarationScripts } from './declaration-scripts.ts';
import { messageScripts } from './message-scripts.ts';
import type { ServerUnderScript } from './server-under-script.ts';

const maxMessageBytes = 100_000;
let cluster: RabbitMqCluster;
let real: ServerUnderScript;
let listener: Server;
let model: ServerUnderScript;

beforeAll(async () => {
  cluster = await startRabbitMqCluster({
    nodes: 1,
    configuration: [`max_message_size = ${maxMessageBytes}`],
  });
  real = driveCluster(cluster);
  model = await driveModel();
});

afterAll(async () => {
  listener?.close();
  await cluster?.stop();
});

test.for(Object.entries({ ...declarationScripts, ...messageScripts }))(
  'the model %s, as a real RabbitMQ does',
  async ([, script]) => {
    const expected = await script(real);
    expect(toComparable(await script(model))).toEqual(toComparable(expected));
  },
);

function driveCluster({ nodes, whenReady }: RabbitMqCluster): ServerUnderScript {
  const [node] = nodes;
  if (node === undefined) {
    throw new Error('The cluster has no node');
  }
  return {
    talk: (options) => startAmqpTalk({ port: node.port, ...options }),
    async setAlarm(isOn) {
      await node.control('set_vm_memory_high_watermark', isOn ? '0.00001' : '0.6');
    },
    async setWriting(isAllowed) {
      await node.control('set_permissions', '-p', '/', 'guest', '.*', isAllowed ? '.*' : '^$', '.*');
    },
    async restart() {
      await node.stop();
      node.start();
      await whenReady();
    },
    async kill() {
      // RabbitMQ 4.0 loses a quorum queue that is killed right after its declaration.
      await delay(3_000);
      await node.kill9();
      node.start();
      await whenReady();
    },
  };
}

/** The RabbitMQ model on a real port. */
async function driveModel(): Promise<ServerUnderScript> {
  const world = {
    random: createRandom(1),
    now: () => performance.now(),
    note: () => {},
    after(ms: number, run: () => void) {
      const timer = setTimeout(run, ms).unref();
      return () => clearTimeout(timer);
    },
  };
  const broker = createBroker(world);
  broker.maxMessageBytes = maxMessageBytes;
  const node = createRabbitMqNode('node-1', broker, world);
  listener = createServer(node.accept).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    talk: (options) => startAmqpTalk({ port, quietMs: 60, ...options }),
    async setAlarm(isOn) {
      broker.setAlarm(isOn ? 'low on memory' : undefined);
    },
    async setWriting(isAllowed) {
      broker.refusesWriting = !isAllowed;
    },
    async restart() {
      node.stop();
      await delay(300);
      node.start();
    },
    async kill() {
      node.kill();
      await delay(100);
      node.start();
    },
  };
}

/** Omits properties that differ between servers. */
function toComparable(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, each) => (key === 'serverProperties' ? undefined : each)));
}
