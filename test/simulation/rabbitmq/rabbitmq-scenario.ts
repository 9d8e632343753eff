import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import { lastingMs } from '../faults/schedule-faults.ts';
import type { StoreScenario } from '../scenario.ts';
import type { Random } from '../world/random.ts';
import { applyRabbitMqFault, isSilent } from './apply-rabbitmq-fault.ts';
import { type Broker, createBroker } from './broker.ts';
import type { Message } from './message.ts';
import {
  nodeAddresses,
  planRabbitMqFaults,
  planRabbitMqLasting,
  planRabbitMqStory,
} from './plan-rabbitmq-faults.ts';
import { createRabbitMqNode } from './rabbitmq-node.ts';

const events = 'comapi.events';
const deadLetters = 'comapi.events.dead-letter';
/**
 * A blocked connection receives nothing from the server, so only missing heartbeats reveal a dead server, after three
 * intervals of five seconds. The next connection may reach the same dead server, which takes up to two more seconds.
 */
const servesLimitMs = 17_000;
const quorum = { durable: true, autoDelete: false, arguments: { 'x-queue-type': 'quorum' } };

/**
 * The receiver scenario with one to three nodes. Its destination is one queue, three queues that share the keys, or an
 * exchange.
 */
export const rabbitMqScenario: StoreScenario = {
  name: 'rabbitmq',
  servesLimitMs,
  remembersMs: 10_000,
  unnoticedMs: (faults) => Math.max(0, ...faults.filter(isSilent).map(({ atMs }) => atMs + servesLimitMs)),
  async load() {
    await Promise.all([
      import('../../../src/stores/rabbitmq/rabbitmq-sink.ts'),
      import('../../../src/stores/rabbitmq/classify-result.ts'),
      import('../../../src/stores/rabbitmq/rabbitmq-store.ts'),
    ]);
  },
  planFaults: planRabbitMqFaults,
  planStory: planRabbitMqStory,
  planLasting: planRabbitMqLasting,
  start(world, network) {
    const broker = createBroker(world);
    const layout = chooseLayout(world.random);
    const addresses = nodeAddresses.slice(0, world.random.pick([1, 2, 3]));
    const nodes = addresses.map((address) => createRabbitMqNode(address, broker, world));
    const queues = layout.declare(broker);
    broker.declareQueue(deadLetters, quorum);
    for (const node of nodes) {
      network.listen(node.name, node.accept);
    }
    return {
      refusesSingly: true,
      addresses,
      mostConnections: { ofReceiver: 5 },
      env: {
        RABBITMQ_URL: addresses.map((address) => `amqp://guest:guest@${address}`).join(','),
        ALLOW_PLAINTEXT: 'true',
        ...layout.env,
      },
      apply: (fault) =>
        fault.forMs === lastingMs && nodes.length === 1
          ? () => undefined
          : applyRabbitMqFault({ broker, nodes, network }, fault),
      events: () => queues.flatMap((queue, partition) => readQueue(broker, queue, partition)),
      deadLetters: () => readQueue(broker, deadLetters, 0),
      partitionCount: layout.partitionCount,
    };
  },
};

interface Layout {
  readonly env: Readonly<Record<string, string>>;
  readonly partitionCount: number | undefined;
  /** Declares the queues. @returns the queues that together contain all events, in the order of their partitions */
  declare(broker: Broker): readonly string[];
}

function chooseLayout(random: Random): Layout {
  const queueCount = random.pick([1, 1, 3, undefined]);
  if (queueCount !== undefined) {
    const queues =
      queueCount === 1 ? [events] : Array.from({ length: queueCount }, (_, i) => `${events}.${i}`);
    return {
      env: { RABBITMQ_QUEUE: events, RABBITMQ_QUEUE_COUNT: String(queueCount) },
      partitionCount: queueCount,
      declare(broker) {
        for (const queue of queues) {
          broker.declareQueue(queue, quorum);
        }
        return queues;
      },
    };
  }
  return {
    env: { RABBITMQ_EXCHANGE: events },
    partitionCount: undefined,
    declare(broker) {
      broker.declareExchange(events, { durable: true, autoDelete: false, arguments: {}, type: 'topic' });
      for (const queue of ['of the reader', 'of the archive']) {
        broker.declareQueue(queue, quorum);
        broker.bind(queue, events, '#');
      }
      return ['of the reader'];
    },
  };
}

function readQueue(broker: Broker, name: string, partition: number): StoredRecord[] {
  const messages = broker.queues.get(name)?.messages ?? [];
  return messages.map((message, offset) => ({ partition, offset, ...toRecord(message) }));
}

/** Converts a message to the record that a consumer reads. */
function toRecord({ content, properties }: Message): Omit<StoredRecord, 'partition' | 'offset'> {
  const headers = (properties.headers ?? {}) as Readonly<Record<string, string>>;
  const key = headers.ce_subject ?? headers.ce_id;
  return {
    timestampMs: Number(properties.timestamp ?? 0) * 1_000,
    key: key === undefined ? null : Buffer.from(key),
    value: content,
    headers,
  };
}
