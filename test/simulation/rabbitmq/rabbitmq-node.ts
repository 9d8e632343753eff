import type { Duplex } from 'node:stream';
import type { ServerWorld } from '../world/world.ts';
import { AmqpFault } from './amqp-fault.ts';
import type { Broker } from './broker.ts';
import { serveConnection } from './node-connection.ts';
import type { Trouble } from './trouble.ts';

/** What a node does to some of its answers. */
export interface NodeTrouble {
  readonly trouble: Trouble;
  /** Of which answers; all of them without it. */
  readonly answer?: string;
  /** How likely it is for each of them. */
  readonly chance: number;
}

export type RabbitMqNode = ReturnType<typeof createRabbitMqNode>;

/** How long a node waits for its clients when it shuts down. */
const goodbyeMs = 200;

/** One node of a cluster: what a client connects to. */
export function createRabbitMqNode(name: string, broker: Broker, world: ServerWorld) {
  const connections = new Set<ReturnType<typeof serveConnection>>();
  let isRunning = true;

  const node = {
    name,
    get connectionCount() {
      return connections.size;
    },
    /** `undefined` when it answers as it should. */
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
    /** Says goodbye to everybody. */
    stop() {
      isRunning = false;
      for (const connection of connections) {
        const text = "broker forced connection closure with reason 'shutdown'";
        connection.close(new AmqpFault(320, text, 'connection'));
        world.after(goodbyeMs, connection.kill);
      }
    },
    /** No goodbye. What no disk has may be gone. */
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
