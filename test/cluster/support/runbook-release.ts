import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import type { Manifest } from '../../chart/support/render.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';
import { waitUntil } from '../../support/wait-until.ts';
import {
  baseValues,
  createTopics,
  livePods,
  quickEnd,
  secret,
  signingSecret,
  type Topics,
  whenRouted,
} from './deploy.ts';
import { createHostCertificate } from './host-certificate.ts';
import { useNamespace } from './namespace.ts';
import { provideSpoolVolumes, type SpoolVolumes } from './spool-volumes.ts';
import { createTlsClient } from './tls-client.ts';

export type RunbookRelease = ReturnType<typeof useRunbookRelease>;

const root = new URL('../../..', import.meta.url).pathname;
const { ingressAddress, ingressClass } = inject('cluster');
const releaseName = 'events';
const otherPath = {
  path: '/',
  pathType: 'Prefix',
  backend: { service: { name: 'other', port: { number: 80 } } },
};

/**
 * Installs a release with two revisions, a canary and a host name of its own, for the tests of one block. In a
 * StatefulSet, the receivers have a spool.
 */
export function useRunbookRelease(kind: 'Deployment' | 'StatefulSet') {
  const host = `${kind.toLowerCase()}.runbooks.example.com`;
  const certificate = createHostCertificate(host);
  const namespace = useNamespace(`runbooks-${kind.toLowerCase()}`);
  const directory = mkdtempSync(join(tmpdir(), 'runbooks-'));
  let topics: Topics;
  let serviceUrl: string;
  let volumes: SpoolVolumes | undefined;

  beforeAll(async () => {
    topics = await createTopics();
    await namespace.apply(
      signingSecret({ current: secret, KEY: `${secret}-other` }),
      certificate.secret('runbooks-tls'),
      // An additional ingress, which a runbook removes.
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'other' },
        spec: {
          ingressClassName: ingressClass,
          rules: [{ host: `other.${host}`, http: { paths: [otherPath] } }],
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'provider-api' },
        stringData: { username: 'apiuser', password: 'pass word' },
      },
    );
    volumes = kind === 'StatefulSet' ? await provideSpoolVolumes(namespace, 2) : undefined;
    const values = {
      ...baseValues(topics),
      monitor: { kind: 'ServiceMonitor' },
      networkPolicy: { metricsFrom: [{ namespaceSelector: {} }] },
      ingress: { enabled: true, className: ingressClass, host, tls: { secretName: 'runbooks-tls' } },
      canary: { enabled: true },
      registration: { existingSecret: 'provider-api' },
      env: { ...quickEnd, COMAPI_API_URL: 'https://127.0.0.1:65533' },
      reconcile: { enabled: true },
      ...(volumes && { spool: { enabled: true, storageClassName: volumes.storageClassName } }),
    };
    await namespace.helm(['install', releaseName, '--wait', '--timeout=120s'], values);
    // The upgrade creates a second revision, so that a rollback is possible.
    await namespace.helm(['upgrade', releaseName, '--wait', '--timeout=120s'], {
      ...values,
      replicaCount: 1,
    });
    const service = await namespace.get('service', `${releaseName}-comapi-webhook-receiver`);
    serviceUrl = `http://${service.spec.clusterIP}:${service.spec.ports[0].port}`;
    const client = createTlsClient({ address: ingressAddress, host, authority: certificate.certificate });
    await whenRouted(client);
    client.close();
    symlinkSync(join(root, 'charts'), join(directory, 'charts'));
    writeFileSync(join(directory, 'secret'), secret);
    writeFileSync(join(directory, 'values.yaml'), "env: { KEY_RULES: '*=payload.messageId' }\n");
    writeFileSync(join(directory, 'ca.crt'), certificate.certificate);
    // Configuration file of curl. It contains the address of the host, which DNS does not know here.
    writeFileSync(
      join(directory, '.curlrc'),
      `connect-to = "::${ingressAddress}"\ncacert = "ca.crt"\nfail\n`,
    );
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    if (volumes !== undefined) {
      await namespace.helm(['uninstall', releaseName, '--wait', '--timeout=120s']);
      await volumes.remove();
    }
  });

  /** Waits for a ready pod, because the commands of the previous page may have deleted one. */
  function findReadyPod(): Promise<string> {
    return waitUntil(async () => (await livePods(namespace, 'receiver')).find(isReady)?.metadata.name, {
      timeoutMs: 90_000,
      what: 'a receiver is ready',
      pollMs: 250,
    });
  }

  return {
    /**
     * Working directory of an operator who runs the commands. It contains a checkout, a secret, and a configuration
     * with which curl finds the host.
     */
    directory,
    /** Environment variables of the receiver, for a command that runs in a checkout. */
    async env() {
      return {
        KAFKA_BROKERS: inject('kafkaBootstrap'),
        KAFKA_TOPIC: topics.topic,
        KAFKA_DEAD_LETTER_TOPIC: topics.deadLetterTopic,
        WEBHOOK_SECRET: secret,
        CURL_HOME: directory,
        // An editor that exits without changing anything.
        KUBE_EDITOR: 'true',
        PATH: `${root}/node_modules/.bin:${process.env.PATH}:${dirname(await provideTool('kcat'))}`,
      };
    },
    /** Replaces the placeholders in capital letters in a command, as a reader would. */
    async fillIn(command: string) {
      const now = Date.now();
      const known: Record<string, string> = {
        NAMESPACE: namespace.name,
        RELEASE: releaseName,
        POD: await findReadyPod(),
        BROKERS: inject('kafkaBootstrap'),
        DEAD_LETTER_TOPIC: topics.deadLetterTopic,
        TOPIC: topics.topic,
        OTHER_NAMESPACE: namespace.name,
        INGRESS: 'other',
        VALUES_FILE: 'values.yaml',
        NAME: 'signing',
        FILE: 'secret',
        HOST: host,
        's@EPOCH_MS': `s@${now - 60_000}`,
        'e@EPOCH_MS': `e@${now}`,
      };
      return Object.entries(known)
        .reduce((text, [name, value]) => text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), value), command)
        .replaceAll('/PATH', '/webhook')
        .replaceAll('…', `${secret}-third`)
        .replace(/(\.\/comapi-webhook .*)https:\/\/[^/]+/, `$1${serviceUrl}`)
        .replace('./comapi-webhook', `node ${root}src/comapi-webhook.mjs`);
    },
  };
}

function isReady({ status }: Manifest): boolean {
  return (
    status.conditions?.some(({ type, status: is }: Manifest) => type === 'Ready' && is === 'True') ?? false
  );
}
