import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import { parse } from 'yaml';
import type { KafkaPermission } from '../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import type { Manifest } from '../../chart/support/render.ts';
import { authorizerConfig, grantRights } from '../../support/kafka/grant-rights.ts';
import { startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { type Relay, startRelay } from './relay.ts';
import { createStrimziPki } from './strimzi-pki.ts';

export type StrimziCluster = Awaited<ReturnType<typeof startStrimziCluster>>;

const cluster = 'main';
const bootstrapService = `${cluster}-kafka-bootstrap`;
const brokerService = `${cluster}-kafka-brokers`;
const brokerPod = `${cluster}-dual-role-0`;

/**
 * Starts a real Kafka on this machine as a replacement for the Kafka of Strimzi. Its TLS listener accepts only users
 * with a certificate, and pods reach it under the names of the Strimzi Services. The user has the permissions of the
 * `KafkaUser` in docs/kafka/strimzi-user.yaml.
 */
export async function startStrimziCluster(namespace: string) {
  const { hostAddress } = inject('cluster');
  const brokerHost = `${brokerPod}.${brokerService}.${namespace}.svc`;
  const domains = ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`];
  const pki = await createStrimziPki([
    ...domains.map((domain) => bootstrapService + domain),
    brokerHost,
    `${brokerHost}.cluster.local`,
  ]);
  const relays: Relay[] = [];
  const kafka = await startKafkaCluster({
    nodes: 1,
    tls: true,
    brokerConfig: {
      ...authorizerConfig,
      'listener.name.tls.ssl.client.auth': 'required',
      'ssl.keystore.location': pki.brokerPemFile,
      'ssl.truststore.location': pki.clientsCaFile,
    },
    advertiseAs: {
      async TLS({ port }) {
        const relay = await startRelay(hostAddress, port);
        relays.push(relay);
        return `${brokerHost}:${relay.port}`;
      },
    },
  });
  const { metadata, spec } = readKafkaUser();
  const rights = spec.authorization.acls.flatMap(toRights);
  await grantRights(kafka.internalBootstrap, `CN=${metadata.name}`, rights);
  const port = relays[0]?.port ?? 0;
  return {
    pki,
    kafka,
    /** Services for the brokers, with the names that Strimzi uses. */
    services: [
      ...toService({ name: bootstrapService, port: 9093, targetPort: port }),
      ...toService({ name: brokerService, port, targetPort: port, hostname: brokerPod }),
    ],
    async stop() {
      await kafka.stop();
      for (const relay of relays) {
        relay.close();
      }
      pki.remove();
    },
  };
}

function readKafkaUser(): Manifest {
  return parse(readFileSync(new URL('../../../docs/kafka/strimzi-user.yaml', import.meta.url), 'utf8'));
}

function toRights({ resource, operations }: Manifest): KafkaPermission[] {
  const types: Record<string, string> = { transactionalId: 'transactional-id' };
  return operations.map((operation: string) => ({
    operation,
    resourceType: types[resource.type] ?? resource.type,
    resourceName: resource.patternType === 'prefix' ? `${resource.name}*` : resource.name,
  }));
}

interface ServiceSpec {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  /** Makes the Service headless, and gives the broker's address this host name. */
  readonly hostname?: string;
}

/** Creates a Service without pods that routes to this machine. */
function toService({ name, port, targetPort, hostname }: ServiceSpec): Manifest[] {
  const endpoint = { addresses: [inject('cluster').hostAddress], ...(hostname && { hostname }) };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { ports: [{ name: 'tcp-clientstls', port }], ...(hostname && { clusterIP: 'None' }) },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'tcp-clientstls', port: targetPort }],
      endpoints: [endpoint],
    },
  ];
}
