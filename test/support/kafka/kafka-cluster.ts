import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePorts } from '../free-ports.ts';
import { waitUntil } from '../wait-until.ts';
import { type Broker, createBroker, logTail } from './broker-process.ts';
import { fetchKafka } from './fetch-kafka.ts';
import { createKafkaId, formatStorage } from './format-storage.ts';
import { knownBrokers } from './known-brokers.ts';
import {
  type ListenerName,
  type NodeSpec,
  type SaslUser,
  toPropertiesText,
  toServerProperties,
} from './server-properties.ts';
import { createTestCertificates, type TestCertificates } from './test-certificates.ts';

export interface KafkaClusterOptions {
  readonly nodes: 1 | 3;
  /** Adds a SASL listener (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512) with this single user. */
  readonly sasl?: SaslUser;
  /**
   * Adds a TLS listener that accepts clients with or without a certificate. If `sasl` is also set, adds a listener that
   * uses both TLS and SASL.
   */
  readonly tls?: boolean;
  /** Server properties that override the test defaults. */
  readonly brokerConfig?: Readonly<Record<string, string>>;
  /** Options of each broker's JVM, such as system properties. */
  readonly javaOptions?: readonly string[];
  /** Mounts a separate disk at this directory for the data of a node. */
  readonly mountData?: (nodeId: number, directory: string) => Promise<NodeDisk | undefined>;
  /** Returns the `host:port` that one node advertises. The function may start a proxy and return its address. */
  readonly advertise?: Advertise;
  /** Like `advertise`, but for the other listeners. */
  readonly advertiseAs?: Readonly<Partial<Record<ListenerName, Advertise>>>;
}

type Advertise = (node: { readonly nodeId: number; readonly port: number }) => Promise<string> | string;

export interface NodeDisk {
  /** The data directory as this process sees it. */
  readonly outsideDirectory: string;
  /** Command prefix that runs a command in the namespace in which the disk is mounted. */
  readonly enter: readonly string[];
}

export interface KafkaCluster {
  /** Advertised address of the client listener. If there are proxies, this is the address of the proxies. */
  readonly bootstrap: string;
  /** Direct addresses of the brokers, which tests use for observation without faults. */
  readonly internalBootstrap: string;
  readonly saslBootstrap?: string;
  readonly tlsBootstrap?: string;
  readonly saslTlsBootstrap?: string;
  readonly certificates?: TestCertificates;
  readonly brokers: readonly Broker[];
  /** Resolves when every running broker lists all running brokers and a controller. */
  whenReady(timeoutMs?: number): Promise<void>;
  /** Stops all brokers and removes their data. */
  stop(): Promise<void>;
}

/** Starts a real Apache Kafka in KRaft mode on free loopback ports. Kafka stops when this process ends. */
export async function startKafkaCluster(options: KafkaClusterOptions): Promise<KafkaCluster> {
  const program = await fetchKafka();
  const directory = await mkdtemp(join(tmpdir(), 'test-kafka-'));
  const certificates = options.tls === true ? await createTestCertificates(directory) : undefined;
  const nodes = await planNodes(options, directory);
  const clusterId = createKafkaId();
  const brokers = await Promise.all(
    nodes.map(async (node) => {
      const { brokerConfig = {}, sasl } = options;
      const properties = toServerProperties({ node, nodes, brokerConfig, sasl, certificates });
      await mkdir(node.directory);
      await writeFile(join(node.directory, 'server.properties'), toPropertiesText(properties));
      const { nodeId, listeners } = node;
      const disk = await options.mountData?.(nodeId, join(node.directory, 'data'));
      const seenDirectory = disk === undefined ? node.directory : dirname(disk.outsideDirectory);
      const enter = disk && { enter: disk.enter };
      await formatStorage({ ...program, clusterId, nodeId, directory: seenDirectory, sasl, ...enter });
      return createBroker({
        ...program,
        nodeId,
        port: listeners.CLIENT ?? 0,
        directory: node.directory,
        clusterDirectory: directory,
        javaOptions: options.javaOptions ?? [],
        ...enter,
      });
    }),
  );
  const internalPorts = nodes.map((node) => node.listeners.INTERNAL ?? 0);
  const cluster: KafkaCluster = {
    bootstrap: nodes.map((node) => node.advertised.CLIENT).join(','),
    internalBootstrap: toBootstrap(nodes, 'INTERNAL'),
    ...(options.sasl && { saslBootstrap: toBootstrap(nodes, 'SASL') }),
    ...(options.tls === true && { tlsBootstrap: toBootstrap(nodes, 'TLS') }),
    ...(options.sasl && options.tls === true && { saslTlsBootstrap: toBootstrap(nodes, 'SASL_TLS') }),
    ...(certificates && { certificates }),
    brokers,
    whenReady: (timeoutMs = 180_000) => whenReady(brokers, internalPorts, timeoutMs),
    async stop() {
      await Promise.all(brokers.map((broker) => broker.kill9()));
      await rm(directory, { recursive: true, force: true });
    },
  };
  for (const broker of brokers) {
    broker.start();
  }
  try {
    await cluster.whenReady();
  } catch (error) {
    const logs = await Promise.all(brokers.map(logTail));
    await cluster.stop();
    throw new Error(`Kafka did not come up.\n${logs.join('\n')}`, { cause: error });
  }
  return cluster;
}

async function planNodes(options: KafkaClusterOptions, directory: string): Promise<NodeSpec[]> {
  const names: ListenerName[] = ['CLIENT', 'INTERNAL'];
  if (options.sasl !== undefined) {
    names.push('SASL');
  }
  if (options.tls === true) {
    names.push('TLS', ...(options.sasl === undefined ? [] : ['SASL_TLS' as const]));
  }
  const ports = await freePorts(options.nodes * (names.length + 1));
  const take = () => ports.pop() ?? 0;
  const nodes: NodeSpec[] = [];
  for (let nodeId = 1; nodeId <= options.nodes; nodeId += 1) {
    const listeners = Object.fromEntries(names.map((name) => [name, take()])) as NodeSpec['listeners'];
    const port = listeners.CLIENT ?? 0;
    const advertised: NodeSpec['advertised'] = {
      CLIENT: (await options.advertise?.({ nodeId, port })) ?? `127.0.0.1:${port}`,
      ...(await advertiseOthers(nodeId, listeners, options.advertiseAs)),
    };
    nodes.push({
      nodeId,
      controllerPort: take(),
      listeners,
      advertised,
      directory: join(directory, `node-${nodeId}`),
    });
  }
  return nodes;
}

async function advertiseOthers(
  nodeId: number,
  listeners: NodeSpec['listeners'],
  advertiseAs: KafkaClusterOptions['advertiseAs'] = {},
): Promise<NodeSpec['advertised']> {
  const advertised = await Promise.all(
    Object.entries(advertiseAs).map(async ([name, advertise]) => {
      const port = listeners[name as ListenerName] ?? 0;
      return [name, await advertise({ nodeId, port })] as const;
    }),
  );
  return Object.fromEntries(advertised);
}

function toBootstrap(nodes: readonly NodeSpec[], listener: ListenerName): string {
  return nodes.map((node) => `127.0.0.1:${node.listeners[listener]}`).join(',');
}

async function whenReady(
  brokers: readonly Broker[],
  ports: readonly number[],
  timeoutMs: number,
): Promise<void> {
  const running = brokers.filter((broker) => broker.isRunning());
  await waitUntil(
    async () => {
      if (running.some((broker) => !broker.isRunning())) {
        return 'died' as const;
      }
      const known = await Promise.all(
        running.map((broker) =>
          knownBrokers(ports[brokers.indexOf(broker)] ?? 0).catch((): readonly number[] => []),
        ),
      );
      return known.every((ids) => running.every((broker) => ids.includes(broker.nodeId)));
    },
    { timeoutMs, what: 'every broker lists every other one and a controller' },
  );
  if (running.some((broker) => !broker.isRunning())) {
    throw new Error('A broker ended while it was starting.');
  }
}
