import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCodes } from '../../../../src/kafka/errors/kafka-errors.ts';
import { createRandom } from '../../world/random.ts';
import { createApiVersions } from '../apis/api-versions.ts';
import { describeConfigs } from '../apis/describe-configs.ts';
import { createMetadata } from '../apis/metadata.ts';
import { createProduce } from '../apis/produce.ts';
import type { KafkaApi } from '../kafka-api.ts';
import { serveBroker } from '../serve-broker.ts';
import { type SimulatedBroker, SimulatedCluster } from '../simulated-cluster.ts';
import type { BrokerRole, ClusterUnderScript, ScriptBroker } from './cluster-under-script.ts';
import { connectTo } from './connect-to.ts';

const deniedClient = 'denied';
const ids: Record<BrokerRole, number> = { first: 1, second: 2, third: 3 };
const fencedAfterMs = 1_000;
/** Until each broker knows what has changed. */
const newsMs = 500;

/** Three brokers of the model, over real sockets and in real time. */
export async function startModelCluster(): Promise<ClusterUnderScript> {
  const cluster = new SimulatedCluster(
    {
      random: createRandom(1),
      note: () => undefined,
      after(ms, run) {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    },
    3,
  );
  const servers = await Promise.all(cluster.brokers.map((broker) => listen(cluster, broker)));
  const toBroker = (role: BrokerRole): ScriptBroker => {
    const { id, host, port } = cluster.broker(ids[role]);
    const address = servers[id - 1]?.address() as AddressInfo;
    return { nodeId: id, port: address.port, advertised: `${host}:${port}` };
  };
  const brokers = { first: toBroker('first'), second: toBroker('second'), third: toBroker('third') };
  const third = cluster.broker(ids.third);
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
      third.isFrozen = true;
      setTimeout(() => cluster.fence(third.id), fencedAfterMs);
    },
    async resumeThird() {
      third.isFrozen = false;
      cluster.resumeReplication();
      cluster.unfence(third.id);
      await delay(newsMs);
    },
    async moveToSecond(topic) {
      const partition = cluster.partition(topic, 0);
      partition?.elect(ids.second, true);
    },
    async stop() {
      for (const server of servers) {
        server.close();
      }
    },
  };
}

async function listen(cluster: SimulatedCluster, broker: SimulatedBroker): Promise<Server> {
  const served = [
    createProduce({
      refuse: ({ clientId }) => (clientId === deniedClient ? errorCodes.TOPIC_AUTHORIZATION_FAILED : 0),
      edit: (_request, answer) => answer,
    }),
    createMetadata((_request, view) => view),
    describeConfigs,
  ];
  const apis = new Map(
    [...served, createApiVersions(served)].map((api): [number, KafkaApi] => [api.key, api]),
  );
  const editAnswer = (_request: unknown, frame: Buffer) => [frame];
  const server = createServer((socket) => serveBroker(socket, { cluster, broker, apis, editAnswer }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
