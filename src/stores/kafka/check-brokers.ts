import type { CheckResult } from '../../ports/check-result.ts';
import { createBrokerConnection } from './cluster/broker-connection.ts';
import type { KafkaClientDeps } from './cluster/client/kafka-client.ts';
import { applyTimeouts, defaultClusterSettings } from './cluster/cluster-settings.ts';
import { describeConnectionError } from './cluster/errors/describe-kafka-failure.ts';
import { type BrokerAddress, formatBrokerAddress } from './cluster/kafkajs/broker-address.ts';
import type { DescribedTopics } from './cluster/topics/describe-topics.ts';

/**
 * Whether every broker can be used at the address that the cluster lists for it. KAFKA_BROKERS leads only to the first
 * answer: all records go to the listed addresses.
 *
 * @returns a result for each broker that cannot be used
 */
export async function checkBrokers(
  { brokers, clusterId }: Pick<DescribedTopics, 'brokers' | 'clusterId'>,
  deps: KafkaClientDeps,
): Promise<CheckResult[]> {
  const checked = [...brokers].map(async ([id, address]) => {
    const problem = await findProblem(address, clusterId, deps);
    const text = `Kafka broker ${id} at ${formatBrokerAddress(address)}: ${problem}`;
    return problem === undefined ? [] : [{ area: 'store', verdict: 'error', text } as const];
  });
  return (await Promise.all(checked)).flat();
}

async function findProblem(
  address: BrokerAddress,
  clusterId: string | undefined,
  { connection, logger }: KafkaClientDeps,
): Promise<string | undefined> {
  const settings = applyTimeouts(defaultClusterSettings, connection);
  const broker = createBrokerConnection({ address, connection, settings, logger });
  try {
    await broker.connect();
    const { clusterId: found } = await broker.describeCluster([]);
    return found === undefined || clusterId === undefined || found === clusterId
      ? undefined
      : `a broker of another cluster (${found}, not ${clusterId}) answers there: check advertised.listeners of the brokers`;
  } catch (error) {
    return describeConnectionError(error);
  } finally {
    broker.close();
  }
}
