import { setTimeout as delay } from 'node:timers/promises';
import { errorCodes } from '../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import { listenAsModel } from '../../support/kafka/listen-as-model.ts';
import type { BrokerRole, ClusterUnderScript, ScriptBroker } from './cluster-under-script.ts';
import { connectTo } from './connect-to.ts';

/** Clients that connect to this address may not write. */
const deniedAddress = '127.0.0.2';
const ids: Record<BrokerRole, number> = { first: 1, second: 2, third: 3 };
const fencedAfterMs = 1_000;
/** Time after which the third broker has caught up and all brokers know about all changes. */
const caughtUpMs = 3_000;

/** Starts three brokers of the simulated Kafka. */
export async function startModelCluster(): Promise<ClusterUnderScript> {
  const { cluster, portOf, stop } = await listenAsModel(3, {
    refuse: ({ from }) => (from === deniedAddress ? errorCodes.TOPIC_AUTHORIZATION_FAILED : 0),
  });
  const toBroker = (role: BrokerRole): ScriptBroker => ({
    ...{ nodeId: ids[role], port: portOf(ids[role]) },
    advertised: cluster.addressOf(ids[role]),
  });
  const brokers = { first: toBroker('first'), second: toBroker('second'), third: toBroker('third') };
  return {
    brokers,
    connect: (role, { isDenied } = { isDenied: false }) =>
      connectTo(brokers[role].port, {}, isDenied ? deniedAddress : undefined),
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
