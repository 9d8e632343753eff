import { lastingMs } from '../faults/schedule-faults.ts';
import type { Link, Network } from '../network/network.ts';
import type { Fault } from '../scenario.ts';
import { type Broker, usualMaxMessageBytes } from './broker.ts';
import type { Exchange } from './exchange.ts';
import { all, answers } from './plan-rabbitmq-faults.ts';
import type { Queue } from './queue.ts';
import type { NodeTrouble, RabbitMqNode } from './rabbitmq-node.ts';
import { troubles } from './trouble.ts';

export interface SimulatedCluster {
  readonly broker: Broker;
  /** The nodes of the cluster. The name of each node is its address. */
  readonly nodes: readonly RabbitMqNode[];
  readonly network: Network;
}

/** Target of a fault. */
interface Target {
  readonly broker: Broker;
  readonly nodes: readonly RabbitMqNode[];
  readonly links: readonly Link[];
  readonly queues: readonly Queue[];
  readonly exchanges: readonly Exchange[];
}

/** Functions that apply and heal a fault. */
interface Effect {
  readonly start: (target: Target, amount: number) => void;
  readonly heal?: (target: Target) => void;
}

const cutKinds = ['reset', 'end', 'silence'] as const;
const alarms = ['low on memory', 'low on disk'];

const effects: Readonly<Record<string, Effect>> = {
  cut: { start: ({ links }, amount) => cut(links, pick(cutKinds, amount)) },
  'cut in the middle': {
    start: ({ links }, amount) => each(links, (link) => link.cutAfter(1 + (amount % 3_000))),
    heal: ({ links }) => each(links, (link) => link.cutAfter(undefined)),
  },
  freeze: {
    start: ({ links }) => each(links, (link) => link.freeze()),
    heal: ({ links }) => each(links, (link) => link.thaw()),
  },
  refuse: {
    start({ links }) {
      each(links, (link) => link.refuse());
      cut(links, 'reset');
    },
    heal: ({ links }) => each(links, (link) => link.admit()),
  },
  slow: {
    start: ({ links }, amount) => each(links, (link) => link.slow(1 + (amount % 1_500))),
    heal: ({ links }) => each(links, (link) => link.slow(0)),
  },
  kill: {
    start: ({ nodes }) => each(nodes, (node) => node.kill()),
    heal: ({ nodes }) => each(nodes, (node) => node.start()),
  },
  stop: {
    start: ({ nodes }) => each(nodes, (node) => node.stop()),
    heal: ({ nodes }) => each(nodes, (node) => node.start()),
  },
  alarm: {
    start: ({ broker }, amount) => broker.setAlarm(pick(alarms, amount)),
    heal: ({ broker }) => broker.setAlarm(undefined),
  },
  'records rejected': {
    start({ broker, nodes }, amount) {
      restart(nodes);
      broker.maxMessageBytes = amount % 600;
    },
    heal({ broker, nodes }) {
      restart(nodes);
      broker.maxMessageBytes = usualMaxMessageBytes;
    },
  },
  'login refused': refusal('refusesLogins'),
  'virtual host refused': refusal('refusesVirtualHost'),
  'writing refused': refusal('refusesWriting'),
  full: { start: ({ queues }) => full(queues, true), heal: ({ queues }) => full(queues, false) },
  // Simulates a queue that is nearly full, whose reader frees some space from time to time.
  'nearly full': {
    start: ({ queues }) => each(queues, (queue) => Object.assign(queue, { refusedShare: 0.3 })),
    heal: ({ queues }) => each(queues, (queue) => Object.assign(queue, { refusedShare: 0 })),
  },
  'without majority': {
    start: ({ queues }) => each(queues, (queue) => Object.assign(queue, { hasMajority: false })),
    heal: ({ queues }) => each(queues, (queue) => Object.assign(queue, { hasMajority: true })),
  },
  missing: {
    start: ({ queues }) => each(queues, (queue) => Object.assign(queue, { isMissing: true })),
    heal: ({ queues }) => each(queues, (queue) => Object.assign(queue, { isMissing: false })),
  },
  'slow disk': {
    start: ({ queues }, amount) => each(queues, (queue) => Object.assign(queue, { syncMs: amount })),
    heal: ({ queues }) => each(queues, (queue) => Object.assign(queue, { syncMs: 4 }).sync()),
  },
  unbound: {
    start: ({ exchanges }) => each(exchanges, (exchange) => Object.assign(exchange, { isUnbound: true })),
    heal: ({ exchanges }) => each(exchanges, (exchange) => Object.assign(exchange, { isUnbound: false })),
  },
  ...Object.fromEntries(
    troubles.map((kind): [string, Effect] => [
      `answer ${kind}`,
      {
        start({ nodes, links }, amount) {
          const chance = pick([0.2, 0.7, 1], Math.floor(amount / 20));
          trouble(nodes, { trouble: kind, answer: pick(answers, amount), chance });
          if (amount % 2 === 0) {
            // Also cuts connections that are still opening, when the server sends most responses.
            cut(links, 'reset');
          }
        },
        heal: ({ nodes }) => trouble(nodes, undefined),
      },
    ]),
  ),
};

/** Applies a fault. @returns a function that heals the fault */
export function applyRabbitMqFault({ broker, nodes, network }: SimulatedCluster, fault: Fault): () => void {
  const effect = effects[fault.kind];
  if (effect === undefined) {
    throw new Error(`RabbitMQ has no fault of the kind ${fault.kind}`);
  }
  const amount = fault.amount ?? 0;
  const queues = [...broker.queues.values()];
  const hit = fault.target === all ? nodes : nodes.filter(({ name }) => name === fault.target);
  const target: Target = {
    broker,
    nodes: fault.kind === 'records rejected' ? nodes : hit,
    links: hit.map(({ name }) => network.link(name)),
    // If one queue of an exchange is missing, the server correctly confirms messages that the other queues have stored.
    queues: fault.target === all || fault.kind === 'missing' ? queues : [pick(queues, amount)],
    exchanges: [...broker.exchanges.values()],
  };
  effect.start(target, amount);
  return () => effect.heal?.(target);
}

/** Whether connections end without a notification to either side. */
export function isSilent({ kind, amount = 0, forMs }: Fault): boolean {
  return kind === 'cut' ? pick(cutKinds, amount) === 'silence' : kind === 'freeze' && forMs === lastingMs;
}

function refusal(field: 'refusesLogins' | 'refusesVirtualHost' | 'refusesWriting'): Effect {
  return {
    start({ broker }) {
      broker[field] = true;
    },
    heal({ broker }) {
      broker[field] = false;
    },
  };
}

function cut(links: readonly Link[], kind: (typeof cutKinds)[number]): void {
  each(links, (link) => link.cut(kind));
}

function full(queues: readonly Queue[], isFull: boolean): void {
  each(queues, (queue) => Object.assign(queue, { isFull }));
}

/** Restarts the nodes, because their settings apply from the next start onwards. */
function restart(nodes: readonly RabbitMqNode[]): void {
  for (const node of nodes) {
    node.stop();
    node.start();
  }
}

function trouble(nodes: readonly RabbitMqNode[], to: NodeTrouble | undefined): void {
  each(nodes, (node) => Object.assign(node, { trouble: to }));
}

function each<T>(list: readonly T[], change: (one: T) => void): void {
  list.forEach(change);
}

function pick<T>(list: readonly T[], amount: number): T {
  return list[amount % list.length] as T;
}
