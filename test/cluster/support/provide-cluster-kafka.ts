import type { TestProject } from 'vitest/node';
import { startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { type Relay, startRelay } from './relay.ts';
import { type ClusterSettings, loadClusterSettings } from './settings.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    cluster: ClusterSettings;
    /** `host:port` for pods and tests. */
    kafkaBootstrap: string;
  }
}

/** One real Kafka for all cluster tests, on this machine, reached by the pods. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const settings = loadClusterSettings();
  const relays: Relay[] = [];
  const kafka = await startKafkaCluster({
    nodes: 1,
    async advertise({ port }) {
      const relay = await startRelay(settings.hostAddress, port);
      relays.push(relay);
      return `${settings.hostAddress}:${relay.port}`;
    },
  });
  project.provide('cluster', settings);
  project.provide('kafkaBootstrap', kafka.bootstrap);
  return async () => {
    await kafka.stop();
    for (const relay of relays) {
      relay.close();
    }
  };
}
