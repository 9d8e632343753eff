import type { TestCertificates } from './test-certificates.ts';

/** The `CLIENT` listener may be behind a proxy, but the `INTERNAL` listener never is. Both listeners are plaintext. */
export type ListenerName = 'CLIENT' | 'INTERNAL' | 'SASL' | 'TLS' | 'SASL_TLS';

export interface SaslUser {
  readonly username: string;
  readonly password: string;
}

export interface NodeSpec {
  readonly nodeId: number;
  readonly controllerPort: number;
  /** Port of each listener on the loopback address. */
  readonly listeners: Readonly<Partial<Record<ListenerName, number>>>;
  /** Advertised `host:port` of each listener that does not advertise the loopback address. */
  readonly advertised: Readonly<Partial<Record<ListenerName, string>>>;
  readonly directory: string;
}

export interface PropertiesSpec {
  readonly node: NodeSpec;
  readonly nodes: readonly NodeSpec[];
  readonly sasl?: SaslUser | undefined;
  readonly certificates?: TestCertificates | undefined;
  readonly brokerConfig: Readonly<Record<string, string>>;
}

const protocols: Record<ListenerName, string> = {
  CLIENT: 'PLAINTEXT',
  INTERNAL: 'PLAINTEXT',
  SASL: 'SASL_PLAINTEXT',
  TLS: 'SSL',
  SASL_TLS: 'SASL_SSL',
};

/**
 * Server properties for small and fast brokers, with little memory, few threads and no delay before the first rebalance
 * of a group.
 */
export function toServerProperties(spec: PropertiesSpec): Record<string, string> {
  const { node, nodes } = spec;
  const listeners = Object.entries(node.listeners) as [ListenerName, number][];
  const many = nodes.length > 1;
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.nodeId),
    'controller.quorum.voters': nodes.map((n) => `${n.nodeId}@127.0.0.1:${n.controllerPort}`).join(','),
    listeners: [
      ...listeners.map(([name, port]) => `${name}://127.0.0.1:${port}`),
      `CONTROLLER://127.0.0.1:${node.controllerPort}`,
    ].join(','),
    'advertised.listeners': listeners
      .map(([name, port]) => `${name}://${node.advertised[name] ?? `127.0.0.1:${port}`}`)
      .join(','),
    'listener.security.protocol.map': [
      ...listeners.map(([name]) => `${name}:${protocols[name]}`),
      'CONTROLLER:PLAINTEXT',
    ].join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': `${node.directory}/data`,
    'auto.create.topics.enable': 'false',
    'default.replication.factor': String(many ? 3 : 1),
    'min.insync.replicas': String(many ? 2 : 1),
    'offsets.topic.num.partitions': '3',
    'offsets.topic.replication.factor': String(many ? 3 : 1),
    'transaction.state.log.num.partitions': '3',
    'transaction.state.log.replication.factor': String(many ? 3 : 1),
    'transaction.state.log.min.isr': String(many ? 2 : 1),
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.dedupe.buffer.size': '4194304',
    'num.network.threads': '2',
    'num.io.threads': '4',
    ...(many && { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' }),
    ...saslProperties(spec.sasl),
    ...tlsProperties(spec.certificates),
    ...spec.brokerConfig,
  };
}

function saslProperties(sasl: SaslUser | undefined): Record<string, string> {
  if (sasl === undefined) {
    return {};
  }
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${sasl.username}="${sasl.password}";`;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const properties: Record<string, string> = {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
  };
  for (const listener of ['sasl', 'sasl_tls']) {
    properties[`listener.name.${listener}.plain.sasl.jaas.config`] = plain;
    properties[`listener.name.${listener}.scram-sha-256.sasl.jaas.config`] = scram;
    properties[`listener.name.${listener}.scram-sha-512.sasl.jaas.config`] = scram;
  }
  return properties;
}

function tlsProperties(certificates: TestCertificates | undefined): Record<string, string> {
  return certificates === undefined
    ? {}
    : {
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': certificates.serverPemFile,
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': certificates.caFile,
        'ssl.client.auth': 'requested',
      };
}

export function toPropertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
