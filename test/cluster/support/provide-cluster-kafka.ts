import type { TestProject } from 'vitest/node';
import { startKafkaBehindRelay } from './kafka-behind-relay.ts';
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
  const { kafka, stop } = await startKafkaBehindRelay(settings.hostAddress, {});
  project.provide('cluster', settings);
  project.provide('kafkaBootstrap', kafka.bootstrap);
  return stop;
}
