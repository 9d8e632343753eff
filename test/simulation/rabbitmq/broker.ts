import type { ServerWorld } from '../world/world.ts';
import { AmqpFault } from './amqp-fault.ts';
import { type Declaration, refuseDifference } from './declaration.ts';
import { type Exchange, route } from './exchange.ts';
import { createQueue, type Queue } from './queue.ts';

/** What all nodes of a cluster have in common: a virtual host with its queues and exchanges, users, and alarms. */
export interface Broker {
  readonly virtualHost: string;
  readonly version: string;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly exchanges: ReadonlyMap<string, Exchange>;
  /** Of every user. */
  readonly password: string;
  maxMessageBytes: number;
  /** Logins are refused, as with a password that was changed. */
  refusesLogins: boolean;
  /** The virtual host is not there, or has no connection left. */
  refusesVirtualHost: boolean;
  /** The user may not write. */
  refusesWriting: boolean;
  /** @throws {AmqpFault} */
  findQueue(name: string): Queue;
  /** @throws {AmqpFault} */
  findExchange(name: string): Exchange;
  /** @throws {AmqpFault} when it differs from what is there */
  declareQueue(name: string, declaration: Declaration): Queue;
  /** @throws {AmqpFault} when it differs from what is there */
  declareExchange(name: string, declaration: Declaration): Exchange;
  /** @throws {AmqpFault} */
  bind(queue: string, exchange: string, pattern: string): void;
  /** The queues that a message goes to. @throws {AmqpFault} when there is no such exchange */
  route(exchange: string, routingKey: string): readonly Queue[];
  /** Why nothing is read from publishers; `undefined` when it is. */
  alarm(): string | undefined;
  setAlarm(reason: string | undefined): void;
  onAlarm(listener: () => void): () => void;
}

export const usualMaxMessageBytes = 16 * 1024 * 1024;

export function createBroker(world: ServerWorld): Broker {
  const queues = new Map<string, Queue>();
  const exchanges = new Map<string, Exchange>();
  const listeners = new Set<() => void>();
  const virtualHost = '/';
  let alarm: string | undefined;
  const describe = (kind: string, name: string) => `${kind} '${name}' in vhost '${virtualHost}'`;

  function declareExchange(name: string, declaration: Declaration): Exchange {
    const present = exchanges.get(name);
    if (present !== undefined) {
      refuseDifference(describe('exchange', name), declaration, present.declaration);
      return present;
    }
    const exchange: Exchange = { name, declaration, bindings: [], isUnbound: false };
    exchanges.set(name, exchange);
    return exchange;
  }

  const broker: Broker = {
    virtualHost,
    version: '4.0.5',
    password: 'guest',
    queues,
    exchanges,
    maxMessageBytes: usualMaxMessageBytes,
    refusesLogins: false,
    refusesVirtualHost: false,
    refusesWriting: false,
    findQueue(name) {
      const queue = queues.get(name);
      if (queue === undefined || queue.state() === 'missing') {
        throw new AmqpFault(404, `no ${describe('queue', name)}`);
      }
      return queue;
    },
    findExchange(name) {
      const exchange = exchanges.get(name);
      if (exchange === undefined) {
        throw new AmqpFault(404, `no ${describe('exchange', name)}`);
      }
      return exchange;
    },
    declareQueue(name, declaration) {
      const present = queues.get(name);
      if (present !== undefined) {
        refuseDifference(describe('queue', name), declaration, present.declaration);
        return present;
      }
      if (declaration.arguments['x-queue-type'] === 'quorum' && !declaration.durable) {
        throw new AmqpFault(406, `invalid property 'non-durable' for ${describe('queue', name)}`);
      }
      const queue = createQueue(name, declaration, world);
      queues.set(name, queue);
      return queue;
    },
    declareExchange,
    bind(queue, exchange, pattern) {
      broker.findQueue(queue);
      broker.findExchange(exchange).bindings.push({ queue, pattern });
    },
    route(exchange, routingKey) {
      const names = exchange === '' ? [routingKey] : route(broker.findExchange(exchange), routingKey);
      return [...names]
        .flatMap((name) => queues.get(name) ?? [])
        .filter((queue) => queue.state() !== 'missing');
    },
    alarm: () => alarm,
    setAlarm(reason) {
      alarm = reason;
      for (const listener of [...listeners]) {
        listener();
      }
    },
    onAlarm(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return broker;
}
