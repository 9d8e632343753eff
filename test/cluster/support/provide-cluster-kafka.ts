import type { TestProject } from 'vitest/node';
import { startKafkaBehindRelay } from './kafka-behind-relay.ts';
import { type ClusterSettings, loadClusterSettings } from './settings.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    cluster: ClusterSettings;
    /** Address, as `host:port`, that both pods and tests can use. */
    kafkaBootstrap: string;
  }
}

/** Starts one real Kafka on this machine for all cluster tests. Pods can reach it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const settings = loadClusterSettings();
  const { kafka, stop } = await startKafkaBehindRelay(settings.hostAddress, {});
  project.provide('cluster', settings);
  project.provide('kafkaBootstrap', kafka.bootstrap);
  return stop;
}
