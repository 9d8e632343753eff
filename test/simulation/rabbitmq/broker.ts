import type { ServerWorld } from '../world/world.ts';
import { AmqpFault } from './amqp-fault.ts';
import { type Declaration, refuseDifference } from './declaration.ts';
import { type Exchange, route } from './exchange.ts';
import { createQueue, type Queue } from './queue.ts';

export type Broker = ReturnType<typeof createBroker>;

export const usualMaxMessageBytes = 16 * 1024 * 1024;

/** State that all nodes of a cluster share: a virtual host with queues and exchanges, users, and alarms. */
export function createBroker(world: ServerWorld) {
  const queues = new Map<string, Queue>();
  const exchanges = new Map<string, Exchange>();
  const listeners = new Set<() => void>();
  const virtualHost = '/';
  let alarm: string | undefined;
  const describe = (kind: string, name: string) => `${kind} '${name}' in vhost '${virtualHost}'`;

  /** Declares an exchange. @throws {AmqpFault} if an existing exchange has a different declaration */
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

  const broker = {
    virtualHost,
    version: '4.0.5',
    /** Password of every user. */
    password: 'guest',
    queues,
    exchanges,
    maxMessageBytes: usualMaxMessageBytes,
    /** Rejects all logins, as after a password change. */
    refusesLogins: false,
    /** Rejects the virtual host because it does not exist or has reached its connection limit. */
    refusesVirtualHost: false,
    /** Denies the user permission to write. */
    refusesWriting: false,
    /** @throws {AmqpFault} */
    findQueue(name: string) {
      const queue = queues.get(name);
      if (queue === undefined || queue.state() === 'missing') {
        throw new AmqpFault(404, `no ${describe('queue', name)}`);
      }
      return queue;
    },
    /** @throws {AmqpFault} */
    findExchange(name: string) {
      const exchange = exchanges.get(name);
      if (exchange === undefined) {
        throw new AmqpFault(404, `no ${describe('exchange', name)}`);
      }
      return exchange;
    },
    /** Declares a queue. @throws {AmqpFault} if an existing queue has a different declaration */
    declareQueue(name: string, declaration: Declaration) {
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
    /** Binds a queue to an exchange. @throws {AmqpFault} if the queue or the exchange does not exist */
    bind(queue: string, exchange: string, pattern: string): void {
      broker.findQueue(queue);
      broker.findExchange(exchange).bindings.push({ queue, pattern });
    },
    /** Finds the queues to which a message is routed. @throws {AmqpFault} if the exchange does not exist */
    route(exchange: string, routingKey: string): readonly Queue[] {
      const names = exchange === '' ? [routingKey] : route(broker.findExchange(exchange), routingKey);
      return [...names]
        .flatMap((name) => queues.get(name) ?? [])
        .filter((queue) => queue.state() !== 'missing');
    },
    /** Returns the reason why publishers are blocked. `undefined` if publishers are not blocked. */
    alarm: () => alarm,
    setAlarm(reason: string | undefined) {
      alarm = reason;
      for (const listener of [...listeners]) {
        listener();
      }
    },
    onAlarm(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return broker;
}
