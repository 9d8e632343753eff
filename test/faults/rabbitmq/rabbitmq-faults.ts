import { setTimeout as delay } from 'node:timers/promises';
import type { AmqpProxy } from '../../support/rabbitmq/amqp-proxy.ts';
import { findLeader } from '../../support/rabbitmq/find-leader.ts';
import type { RabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import type { Service } from '../services/service.ts';

/** Three nodes with a proxy before each, in their order. */
export interface FaultyRabbitMq {
  readonly cluster: RabbitMqCluster;
  readonly proxies: readonly AmqpProxy[];
}

export interface RabbitMqFaultContext extends FaultyRabbitMq {
  readonly service: Service;
  readonly queues: readonly string[];
  readonly random: () => number;
}

/** Brings trouble for about `durationMs`; `healRabbitMq` takes back what is left of it. */
export interface RabbitMqFault {
  readonly name: string;
  run(context: RabbitMqFaultContext, durationMs: number): Promise<void>;
}

function pickQueue({ queues, random }: RabbitMqFaultContext): string {
  return queues[Math.floor(random() * queues.length)] ?? '';
}

const leaderFaults: readonly RabbitMqFault[] = [
  {
    name: 'kill -9 the leader',
    async run(context, durationMs) {
      const leader = await findLeader(context.cluster, pickQueue(context));
      await leader.kill9();
      await delay(durationMs);
      leader.start();
    },
  },
  {
    name: 'SIGTERM the leader',
    async run(context, durationMs) {
      const leader = await findLeader(context.cluster, pickQueue(context));
      await leader.stop();
      await delay(durationMs);
      leader.start();
    },
  },
  {
    name: 'freeze the leader',
    async run(context, durationMs) {
      const leader = await findLeader(context.cluster, pickQueue(context));
      leader.pause();
      await delay(durationMs);
      leader.resume();
    },
  },
  {
    name: 'kill -9 all nodes',
    async run({ cluster }, durationMs) {
      await Promise.all(cluster.nodes.map((node) => node.kill9()));
      await delay(durationMs);
      for (const node of cluster.nodes) {
        node.start();
      }
    },
  },
];

const networkFaults: readonly RabbitMqFault[] = [
  {
    name: 'connections cut',
    async run({ proxies }, durationMs) {
      const end = Date.now() + durationMs;
      while (Date.now() < end) {
        for (const proxy of proxies) {
          proxy.cutAll();
        }
        await delay(500);
      }
    },
  },
  {
    name: 'network silent',
    async run({ proxies }, durationMs) {
      for (const proxy of proxies) {
        proxy.freeze();
      }
      await delay(durationMs);
    },
  },
  ...(['cut', 'silent'] as const).map((ending) => ({
    name: `confirms dropped, connection ${ending}`,
    async run({ proxies }: RabbitMqFaultContext, durationMs: number) {
      for (const proxy of proxies) {
        proxy.dropConfirms({ probability: 0.02, ending });
      }
      await delay(durationMs);
    },
  })),
];

const alarmFaults: readonly RabbitMqFault[] = [
  {
    name: 'memory alarm',
    async run({ cluster }, durationMs) {
      await cluster.nodes[0]?.control('set_vm_memory_high_watermark', '0.00001');
      await delay(durationMs);
      await cluster.nodes[0]?.control('set_vm_memory_high_watermark', '0.6');
    },
  },
  {
    name: 'disk alarm',
    async run({ cluster }, durationMs) {
      await cluster.nodes[1]?.control('set_disk_free_limit', '100000GB');
      await delay(durationMs);
      await cluster.nodes[1]?.control('set_disk_free_limit', '50MB');
    },
  },
];

const receiverFaults: readonly RabbitMqFault[] = [
  {
    name: 'kill -9 the receiver',
    async run({ service }, durationMs) {
      await delay(durationMs / 2);
      await service.process.kill9();
      await service.process.start();
    },
  },
];

export const rabbitMqFaults: readonly RabbitMqFault[] = [
  ...leaderFaults,
  ...networkFaults,
  ...alarmFaults,
  ...receiverFaults,
];

export function findRabbitMqFault(name: string): RabbitMqFault {
  const found = rabbitMqFaults.find((fault) => fault.name.includes(name));
  if (found === undefined) {
    const all = rabbitMqFaults.map((fault) => fault.name).join('; ');
    throw new Error(`No fault has "${name}" in its name: ${all}`);
  }
  return found;
}

export async function healRabbitMq({ cluster, proxies }: FaultyRabbitMq): Promise<void> {
  for (const node of cluster.nodes) {
    node.resume();
    node.start();
  }
  await Promise.all(proxies.map((proxy) => proxy.pass()));
  await cluster.whenReady();
}
