import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import type { TestProject } from 'vitest/node';
import { type KafkaCluster, startKafkaCluster } from './kafka/kafka-cluster.ts';

/**
 * Global setup that starts Kafka on the first request, so that a run with only unit tests does not start Kafka. Returns
 * the teardown function.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.KAFKA_BROKERS;
  let cluster: Promise<KafkaCluster> | undefined;

  async function bootstrap(): Promise<string> {
    if (given !== undefined && given !== '') {
      return given;
    }
    cluster ??= startKafkaCluster({ nodes: 1 });
    return (await cluster).bootstrap;
  }

  const server = createServer((_request, response) => {
    bootstrap().then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(inspect(error)),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  project.provide('kafkaStarterUrl', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

  return async () => {
    server.closeAllConnections();
    server.close();
    await cluster?.then(
      (started) => started.stop(),
      () => undefined,
    );
  };
}
