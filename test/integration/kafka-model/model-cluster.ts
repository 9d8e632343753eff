import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCodes } from '../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import { KafkaCluster } from '../../simulation/kafka/kafka-cluster.ts';
import { createRandom } from '../../simulation/world/random.ts';
import type { BrokerRole, ClusterUnderScript, ScriptBroker } from './cluster-under-script.ts';
import { connectTo } from './connect-to.ts';

const deniedClient = 'denied';
const ids: Record<BrokerRole, number> = { first: 1, second: 2, third: 3 };
const fencedAfterMs = 1_000;
/** Until the third broker has caught up, and each knows what has changed. */
const caughtUpMs = 3_000;

/** Brokers of the model, over real sockets and in real time. */
export function listenOnSockets(brokerCount: number) {
  const servers: Server[] = [];
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
      servers.push(createServer(accept).listen(0, '127.0.0.1'));
      return () => undefined;
    },
    hooks: {
      refuse: ({ clientId }) => (clientId === deniedClient ? errorCodes.TOPIC_AUTHORIZATION_FAILED : 0),
    },
  });
  return {
    cluster,
    portOf: (id: number) => (servers[id - 1]?.address() as AddressInfo | undefined)?.port ?? 0,
    async stop() {
      for (const server of servers) {
        server.close();
      }
    },
  };
}

/** Three brokers of the model. */
export async function startModelCluster(): Promise<ClusterUnderScript> {
  const { cluster, portOf, stop } = listenOnSockets(3);
  await delay(100);
  const toBroker = (role: BrokerRole): ScriptBroker => ({
    ...{ nodeId: ids[role], port: portOf(ids[role]) },
    advertised: cluster.addressOf(ids[role]),
  });
  const brokers = { first: toBroker('first'), second: toBroker('second'), third: toBroker('third') };
  return {
    brokers,
    connect: (role, { isDenied } = { isDenied: false }) =>
      connectTo(brokers[role].port, { clientId: isDenied ? deniedClient : 'script' }),
    async createTopic({ name, partitions = 1, replicas, settings }) {
      cluster.addTopic({
        ...{ name, partitionCount: partitions, replicas: replicas.map((role) => ids[role]) },
        ...(settings && { settings }),
      });
    },
    async changeSettings(topic, settings) {
      cluster.changeSettings(topic, settings);
    },
    async pauseThird() {
      cluster.freeze(ids.third, fencedAfterMs);
    },
    async resumeThird() {
      cluster.thaw(ids.third);
      await delay(caughtUpMs);
    },
    async moveToSecond(topic) {
      cluster.partition(topic, 0)?.elect(ids.second, true);
    },
    stop,
  };
}
