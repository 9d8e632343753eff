import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { BrokerHooks } from '../../simulation/kafka/broker-session.ts';
import { KafkaCluster } from '../../simulation/kafka/kafka-cluster.ts';
import { createRandom } from '../../simulation/world/random.ts';

/**
 * Starts brokers of the simulated Kafka on real sockets and in real time. The remote address of a connection identifies
 * the client.
 */
export async function listenAsModel(brokerCount: number, hooks: BrokerHooks = {}) {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const cluster = new KafkaCluster({
    world: {
      random: createRandom(1),
      note: () => undefined,
      after(ms, run) {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    },
    brokerCount,
    listen(_address, accept) {
      const server = createServer((socket) => {
        sockets.add(socket.on('error', () => socket.destroy()));
        accept(socket, socket.localAddress ?? '');
      });
      servers.push(server.listen(0, '0.0.0.0'));
      return () => undefined;
    },
    hooks,
  });
  await Promise.all(servers.map((server) => once(server, 'listening')));
  return {
    cluster,
    portOf: (id: number) => (servers[id - 1]?.address() as AddressInfo | undefined)?.port ?? 0,
    async stop() {
      for (const server of servers) {
        server.close();
      }
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}
