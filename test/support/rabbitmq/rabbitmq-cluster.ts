import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { freePorts } from '../free-ports.ts';
import { guardProcess } from '../guard-process.ts';
import { createTestCertificates } from '../kafka/test-certificates.ts';
import { waitUntil } from '../wait-until.ts';
import { fetchRabbitMq } from './fetch-rabbitmq.ts';
import { createRabbitMqNode, type RabbitMqNode } from './rabbitmq-node.ts';

interface RabbitMqClusterOptions {
  readonly nodes: 1 | 3;
  /** Adds a TLS listener that accepts clients with or without a certificate. */
  readonly tls?: boolean;
  /** Lines of rabbitmq.conf. */
  readonly configuration?: readonly string[];
}

export type RabbitMqCluster = Awaited<ReturnType<typeof startRabbitMqCluster>>;

/** Starts a real RabbitMQ on free loopback ports. RabbitMQ stops when this process ends. */
export async function startRabbitMqCluster(options: RabbitMqClusterOptions) {
  const root = await fetchRabbitMq();
  const directory = await mkdtemp(join(tmpdir(), 'test-rabbitmq-'));
  const certificates = options.tls === true ? await createTestCertificates(directory) : undefined;
  const [namesPort = 0, ...ports] = await freePorts(1 + options.nodes * 3);
  const names = startNameServer(root, namesPort);
  const nodeNames = Array.from({ length: options.nodes }, (_, index) => `node-${index + 1}@localhost`);
  const nodes: RabbitMqNode[] = [];
  for (const [index, name] of nodeNames.entries()) {
    const [port = 0, distributionPort = 0, tlsPort = 0] = ports.slice(3 * index);
    const own = join(directory, name);
    await mkdir(join(own, 'etc'), { recursive: true });
    if (certificates !== undefined) {
      for (const [from, to] of [
        [certificates.caFile, 'ca.pem'],
        [certificates.serverCertFile, 'server.crt'],
        [certificates.serverKeyFile, 'server.key'],
      ] as const) {
        await copyFile(from, join(own, 'etc', to));
      }
    }
    const configuration = [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      'log.console = true',
      'log.file = false',
      ...(certificates === undefined ? [] : tlsLines(tlsPort)),
      ...(options.nodes === 1 ? [] : clusterLines(nodeNames)),
      ...(options.configuration ?? []),
    ];
    nodes.push(
      await createRabbitMqNode({
        ...{ root, name, port, tlsPort: certificates && tlsPort, distributionPort, namesPort },
        ...{ directory: own, clusterDirectory: directory },
        configuration: `${configuration.join('\n')}\n`,
      }),
    );
  }
  const cluster = {
    nodes,
    /** Comma-separated URLs of all nodes. */
    url: nodes.map(({ port }) => toUrl(port)).join(','),
    tlsUrl: certificates && nodes.map(({ tlsPort }) => `amqps://guest:guest@127.0.0.1:${tlsPort}`).join(','),
    certificates,
    /** Resolves when every running node knows all other running nodes. */
    whenReady: (timeoutMs = 90_000) => whenReady(nodes, timeoutMs),
    /** Stops all nodes and removes their data. */
    async stop() {
      await Promise.all(nodes.map((node) => node.kill9()));
      names.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
  for (const node of nodes) {
    node.start();
  }
  try {
    await cluster.whenReady();
  } catch (cause) {
    const logs = await Promise.all(nodes.map((node) => node.logTail()));
    await cluster.stop();
    throw new Error(`RabbitMQ did not come up.\n${logs.join('\n')}`, { cause });
  }
  return cluster;
}

export function toUrl(port: number): string {
  return `amqp://guest:guest@127.0.0.1:${port}`;
}

/**
 * Starts the Erlang name server through which nodes find each other. The name server must keep running when a node is
 * killed.
 */
function startNameServer(root: string, port: number): ChildProcess {
  const args = [root, '/usr/bin/epmd', '-port', String(port), '-address', '127.0.0.1'];
  const child = spawn('chroot', args, { stdio: 'ignore', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
  child.unref();
  guardProcess(child);
  return child;
}

function tlsLines(port: number): string[] {
  return [
    `listeners.ssl.1 = 127.0.0.1:${port}`,
    'ssl_options.cacertfile = /etc/rabbitmq/ca.pem',
    'ssl_options.certfile = /etc/rabbitmq/server.crt',
    'ssl_options.keyfile = /etc/rabbitmq/server.key',
    'ssl_options.verify = verify_peer',
    'ssl_options.fail_if_no_peer_cert = false',
  ];
}

function clusterLines(names: readonly string[]): string[] {
  return [
    'cluster_formation.peer_discovery_backend = classic_config',
    ...names.map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}`),
    'cluster_partition_handling = pause_minority',
  ];
}

async function whenReady(nodes: readonly RabbitMqNode[], timeoutMs: number): Promise<void> {
  const running = nodes.filter((node) => node.isRunning());
  await waitUntil(
    async () => {
      if (running.some((node) => !node.isRunning())) {
        return 'died' as const;
      }
      for (const { port } of running) {
        await (await connect(toUrl(port), { timeout: 2_000 })).close();
      }
      return true;
    },
    { timeoutMs, what: 'every node takes connections', pollMs: 100 },
  );
  if (running.some((node) => !node.isRunning())) {
    throw new Error('A node ended while it was starting.');
  }
  if (running.length > 1) {
    await waitUntil(
      async () => {
        const status = JSON.parse(
          (await running[0]?.control('cluster_status', '--formatter', 'json')) ?? '{}',
        ) as {
          running_nodes: readonly string[];
        };
        return running.every(({ name }) => status.running_nodes.includes(name));
      },
      { timeoutMs, what: 'all nodes are in one cluster', pollMs: 500 },
    );
  }
}
