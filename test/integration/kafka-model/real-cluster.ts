import { authorizerConfig, grantRights } from '../../support/kafka/grant-rights.ts';
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { apiKeys, askKafka, int32 } from '../../support/kafka/kafka-wire.ts';
import { electPreferredLeaders, reorderReplicas } from '../../support/kafka/leader-requests.ts';
import { createTopic, setTopicConfigs } from '../../support/kafka/topics.ts';
import type { BrokerRole, ClusterUnderScript, ScriptBroker } from './cluster-under-script.ts';
import { connectTo } from './connect-to.ts';

const user = { username: 'looks-only', password: 'correct horse' };

/** Starts three brokers of Apache Kafka. */
export async function startRealCluster(): Promise<ClusterUnderScript> {
  const brokerConfig = {
    ...authorizerConfig,
    // This session timeout is longer than the tests' default, so that requests can be sent while the cluster still
    // waits for a follower.
    ...{ 'min.insync.replicas': '1', 'broker.session.timeout.ms': '5000' },
  };
  const cluster = await startKafkaCluster({ nodes: 3, sasl: user, brokerConfig });
  const brokers = await assignRoles(cluster);
  const third = cluster.brokers.find(({ nodeId }) => nodeId === brokers.third.nodeId);
  const bootstrap = brokers.first.advertised;
  const { port } = brokers.first;
  const saslPorts = (cluster.saslBootstrap ?? '').split(',').map((address) => Number(address.split(':')[1]));
  return {
    brokers,
    async connect(role, { isDenied } = { isDenied: false }) {
      const saslPort = saslPorts[brokers[role].nodeId - 1] ?? 0;
      return isDenied
        ? connectTo(saslPort, { sasl: { mechanism: 'plain', ...user } })
        : connectTo(brokers[role].port);
    },
    async createTopic({ name, partitions = 1, replicas, settings = {} }) {
      const nodeIds = replicas.map((role) => brokers[role].nodeId);
      await createTopic(bootstrap, name, { partitions, replicas: nodeIds, configs: settings });
      await grantRights(bootstrap, user.username, [
        { operation: 'Describe', resourceType: 'topic', resourceName: name },
      ]);
    },
    changeSettings: (topic, settings) => setTopicConfigs(bootstrap, topic, settings),
    async pauseThird() {
      third?.pause();
    },
    async resumeThird() {
      third?.resume();
    },
    async moveToSecond(topic) {
      const order = (['second', 'first', 'third'] as const).map((role) => brokers[role].nodeId);
      await reorderReplicas(port, topic, new Map([[0, order]]));
      await electPreferredLeaders(port, topic, [0]);
    },
    stop: () => cluster.stop(),
  };
}

/**
 * Assigns the roles. The active controller must not get the role of the broker that is paused, because only the
 * controller detects broker failures.
 */
async function assignRoles({ brokers }: KafkaCluster): Promise<Record<BrokerRole, ScriptBroker>> {
  const controller = await findQuorumLeader(brokers[0]?.port ?? 0);
  const [first, ...others] = brokers.toSorted((one) => (one.nodeId === controller ? -1 : 0));
  const [second, third] = others;
  if (first === undefined || second === undefined || third === undefined) {
    throw new Error('The cluster has fewer than three brokers');
  }
  const toBroker = ({ nodeId, port }: (typeof brokers)[number]) => ({
    ...{ nodeId, port },
    advertised: `127.0.0.1:${port}`,
  });
  return { first: toBroker(first), second: toBroker(second), third: toBroker(third) };
}

/**
 * Finds the node that leads the controller quorum, because Metadata may name any broker as controller. The function
 * encodes the request itself, because kafkajs does not implement DescribeQuorum.
 */
async function findQuorumLeader(port: number): Promise<number> {
  const topic = Buffer.from('__cluster_metadata');
  const noTags = Buffer.from([0]);
  const one = Buffer.from([2]);
  const name = Buffer.concat([Buffer.from([topic.length + 1]), topic]);
  const body = Buffer.concat([one, name, one, int32(0), noTags, noTags, noTags]);
  const answer = await askKafka({
    ...{ port, apiKey: apiKeys.describeQuorum, apiVersion: 0, isFlexible: true, body },
  });
  // Skips the header tags, the error, and the topic with its name, its partition and the partition's error.
  const leaderAt = 1 + 2 + 1 + name.length + 1 + 4 + 2;
  return answer.readInt32BE(leaderAt);
}
