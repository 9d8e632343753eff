import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import type { Env } from '../../src/runtime/config-error.ts';
import { freePorts } from '../support/free-ports.ts';
import { createBroker, logTail } from '../support/kafka/broker-process.ts';
import { fetchKafka } from '../support/kafka/fetch-kafka.ts';
import { formatStorage } from '../support/kafka/format-storage.ts';
import { knownBrokers } from '../support/kafka/known-brokers.ts';
import { readWithJava } from '../support/kafka/read-with-java.ts';
import { toPropertiesText } from '../support/kafka/server-properties.ts';
import { type CommandProcess, startCommand, startReceiverProcess } from '../support/receiver-process.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

type ServiceName = 'kafka' | 'topics' | 'receiver' | 'filter';

interface Service {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck: { readonly test: readonly string[] };
}

const composeFile = new URL('../../docs/local/compose.yaml', import.meta.url);

async function readServices(): Promise<Readonly<Record<ServiceName, Service>>> {
  const { services } = parse(await readFile(composeFile, 'utf8'), { merge: true }) as {
    services: Readonly<Record<ServiceName, Service>>;
  };
  return services;
}

/**
 * Starts the broker of the compose file. Its image converts environment variables to settings: KAFKA_NODE_ID becomes
 * node.id. Only the addresses and the memory limit differ from the file.
 *
 * @returns the address of the broker for other containers
 */
async function startBroker({ environment }: Service): Promise<string> {
  const program = await fetchKafka();
  const clusterDirectory = temporaryDirectory();
  const directory = join(clusterDirectory, 'node-1');
  await mkdir(directory);
  const [host, internal, controller] = (await freePorts(3)).map(String) as [string, string, string];
  const toLocal = (text: string) =>
    text
      .replaceAll(/\/\/(?:kafka|localhost)?:/g, '//127.0.0.1:')
      .replace('@kafka:', '@127.0.0.1:')
      .replace(/:9092\b/, `:${host}`)
      .replace(/:19092\b/, `:${internal}`)
      .replace(/:29093\b/, `:${controller}`);
  const { CLUSTER_ID: clusterId = '', KAFKA_NODE_ID: nodeId, ...variables } = environment;
  const properties = Object.entries({ KAFKA_NODE_ID: nodeId ?? '', ...variables }).map(([name, value]) => [
    name.replace('KAFKA_', '').replaceAll('_', '.').toLowerCase(),
    toLocal(value),
  ]);
  await writeFile(
    join(directory, 'server.properties'),
    toPropertiesText({
      ...Object.fromEntries(properties),
      'log.dirs': join(directory, 'data'),
      'log.cleaner.dedupe.buffer.size': '4194304',
    }),
  );
  await formatStorage({ ...program, clusterId, nodeId: Number(nodeId), directory });
  const port = Number(internal);
  const broker = createBroker({ ...program, nodeId: 1, port, directory, clusterDirectory, javaOptions: [] });
  onTestFinished(() => broker.kill9());
  broker.start();
  try {
    await waitUntil(async () => (await knownBrokers(port)).includes(1), {
      timeoutMs: 60_000,
      what: 'the broker knows a controller',
    });
  } catch (error) {
    throw new Error(await logTail(broker), { cause: error });
  }
  return `127.0.0.1:${internal}`;
}

async function expectDone({ exited, stdout, stderr }: CommandProcess): Promise<string> {
  expect(await exited, stderr()).toBe(0);
  return stdout();
}

const testTimeoutMs = 180_000;

test(
  'topics, receiver, filter and what the page says to type work on the broker of the compose file',
  async () => {
    const services = await readServices();
    const KAFKA_BROKERS = await startBroker(services.kafka);
    const envOf = (service: ServiceName): Env => {
      const { environment } = services[service];
      expect(environment.KAFKA_BROKERS).toBe('kafka:19092');
      return { ...environment, KAFKA_BROKERS, NODE_ENV: 'production' };
    };

    await expectDone(startCommand(services.topics.command, envOf('topics')));
    const env = { ...envOf('receiver'), WEBHOOK_SECRET: testSecret };
    const receiver = await startReceiverProcess(env);
    const [, program, ...probe] = services.receiver.healthcheck.test;
    expect(program).toBe('comapi-webhook');
    const { port: MANAGEMENT_PORT } = new URL(receiver.managementUrl);
    await expectDone(startCommand(probe, { ...env, MANAGEMENT_PORT }));
    startCommand(services.filter.command, { ...envOf('filter'), MANAGEMENT_PORT: '0' });
    const send = startCommand(
      ['send', '--name', 'message.delivered', '--batch-size', '100', '--url', `${receiver.url}/webhook`],
      env,
    );
    expect(await expectDone(send)).toBe('200 {"accepted":100,"deadLettered":0}\n');
    await expectDone(startCommand(['check'], env));

    const count = 100;
    expect(await readWithJava({ bootstrap: KAFKA_BROKERS, topic: 'comapi.events', count })).toHaveLength(
      count,
    );
    const latest = await readWithJava({ bootstrap: KAFKA_BROKERS, topic: 'comapi.events.latest', count });
    expect(latest).toHaveLength(count);

    receiver.child.kill('SIGTERM');
    expect(await receiver.exited).toBe(0);
  },
  testTimeoutMs,
);
