import type { Duplex } from 'node:stream';
import type { ServerWorld } from '../world/world.ts';
import { AmqpFault } from './amqp-fault.ts';
import type { Broker } from './broker.ts';
import { serveConnection } from './node-connection.ts';
import type { Trouble } from './trouble.ts';

/** A fault that affects some responses of a node. */
export interface NodeTrouble {
  readonly trouble: Trouble;
  /** Name of the affected responses. If absent, all responses are affected. */
  readonly answer?: string;
  /** Probability that the fault affects a response. */
  readonly chance: number;
}

export type RabbitMqNode = ReturnType<typeof createRabbitMqNode>;

/** Time for which a node waits for its clients during shutdown. */
const goodbyeMs = 200;

/** Creates one node of a cluster, to which clients can connect. */
export function createRabbitMqNode(name: string, broker: Broker, world: ServerWorld) {
  const connections = new Set<ReturnType<typeof serveConnection>>();
  let isRunning = true;

  const node = {
    name,
    get connectionCount() {
      return connections.size;
    },
    /** The current fault. `undefined` if the node works correctly. */
    trouble: undefined as NodeTrouble | undefined,
    isRunning: () => isRunning,
    accept(socket: Duplex): void {
      if (!isRunning) {
        socket.destroy();
        return;
      }
      const chooseTrouble = (answer: string) => {
        const { trouble } = node;
        const isHit =
          trouble !== undefined &&
          (trouble.answer ?? answer) === answer &&
          world.random.chance(trouble.chance);
        return isHit ? trouble.trouble : undefined;
      };
      const connection = serveConnection(socket, { broker, world, name, chooseTrouble });
      connections.add(connection);
      socket.on('close', () => connections.delete(connection));
    },
    start() {
      isRunning = true;
    },
    /** Closes all connections in an orderly way. */
    stop() {
      isRunning = false;
      for (const connection of connections) {
        const text = "broker forced connection closure with reason 'shutdown'";
        connection.close(new AmqpFault(320, text, 'connection'));
        world.after(goodbyeMs, connection.kill);
      }
    },
    /** Ends the node without a shutdown. Data that is not on disk may be lost. */
    kill() {
      isRunning = false;
      for (const connection of [...connections]) {
        connection.kill();
      }
      for (const queue of broker.queues.values()) {
        queue.crash();
      }
    },
  };
  return node;
}
