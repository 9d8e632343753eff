import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { provideTool } from '../support/tools/provide-tool.ts';
import {
  baseValues,
  createTopics,
  livePods,
  secret,
  signingSecret,
  type Topics,
  whenRouted,
} from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { useNamespace } from './support/namespace.ts';
import { createTlsClient } from './support/tls-client.ts';

const root = new URL('../..', import.meta.url).pathname;
const runbooks = join(root, 'docs/runbooks');
const host = 'runbooks.example.com';
const certificate = createHostCertificate(host);
const namespace = useNamespace('runbooks');
/** The release of the same name here has a spool. Its volumes never come: only its objects count. */
const spooled = useNamespace('runbooks-spool');
const { ingressAddress, ingressClass } = inject('cluster');
/** What a command is when it is more than a name: a program with arguments. */
const commands = /`((?:kubectl|helm|kcat|curl|npx comapi-webhook) [^`]+)`/g;
const directory = mkdtempSync(join(tmpdir(), 'runbooks-'));
let topics: Topics;
let serviceUrl: string;

beforeAll(async () => {
  topics = await createTopics();
  await namespace.apply(
    signingSecret({ current: secret, KEY: `${secret}-other` }),
    certificate.secret('runbooks-tls'),
  );
  const values = {
    ...baseValues(topics),
    serviceMonitor: { enabled: true },
    networkPolicy: { metricsFrom: [{ namespaceSelector: {} }] },
    ingress: { enabled: true, className: ingressClass, host, tls: { secretName: 'runbooks-tls' } },
    canary: { enabled: true },
  };
  await namespace.helm(['install', 'events', '--wait', '--timeout=120s'], values);
  // A second revision, to have one to go back to.
  await namespace.helm(['upgrade', 'events', '--wait', '--timeout=120s'], { ...values, replicaCount: 1 });
  await spooled.apply(signingSecret());
  await spooled.helm(['install', 'events'], { ...baseValues(topics), spool: { enabled: true } });
  const service = await namespace.get('service', 'events-comapi-webhook-receiver');
  serviceUrl = `http://${service.spec.clusterIP}:${service.spec.ports[0].port}`;
  const client = createTlsClient({ address: ingressAddress, host, authority: certificate.certificate });
  await whenRouted(client);
  client.close();
  symlinkSync(join(root, 'charts'), join(directory, 'charts'));
  writeFileSync(join(directory, 'secret'), secret);
  writeFileSync(join(directory, 'ca.crt'), certificate.certificate);
  // curl reads it: the host's name is in no DNS here.
  writeFileSync(join(directory, '.curlrc'), `connect-to = "::${ingressAddress}"\ncacert = "ca.crt"\nfail\n`);
});
afterAll(() => rmSync(directory, { recursive: true }));

const pages = readdirSync(runbooks).map((file) => ({
  file,
  found: readCommands(readFileSync(join(runbooks, file), 'utf8')),
}));

describe.each(pages.filter(({ found }) => found.length > 0))('$file', ({ found }) => {
  test.each(found)('%s', async (command) => {
    const { code, output } = await run(await fillIn(command));
    // What judges the topics ends with 1 when it finds fault: those of one broker could lose what they hold.
    const judges = /comapi-webhook (check|topics)/.test(command);
    expect({ code, output }).toEqual({ code: judges ? 1 : 0, output: expect.any(String) });
    if (judges) {
      expect(output).toMatch(/replica/);
    }
  });
});

test('the reader of runbooks finds their commands', () => {
  expect(pages.flatMap(({ found }) => found).length).toBeGreaterThan(20);
});

/** The commands of a page, in its order; one that leaves something out (…) is only a hint. */
function readCommands(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(({ 1: block = '', index }) => ({
    index,
    block,
  }));
  const inline = [...text.matchAll(commands)].map(({ 1: code = '', index }) => ({
    index,
    // A rendered page shows the end of a line as a space.
    block: code.replaceAll(/\s+/g, ' '),
  }));
  return [...blocks, ...inline]
    .toSorted((a, b) => a.index - b.index)
    .map(({ block }) => block.trim())
    .filter((command) => !/(install|upgrade) …|=\{…\}/.test(command));
}

async function run(script: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: directory,
    env: { ...process.env, ...(await receiverEnv()), CURL_HOME: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** The receiver's variables, for a command in a checkout. */
async function receiverEnv(): Promise<Record<string, string>> {
  return {
    KAFKA_BROKERS: inject('kafkaBootstrap'),
    KAFKA_TOPIC: topics.topic,
    KAFKA_DEAD_LETTER_TOPIC: topics.deadLetterTopic,
    WEBHOOK_SECRET: secret,
    PATH: `${root}/node_modules/.bin:${process.env.PATH}:${dirname(await provideTool('kcat'))}`,
  };
}

/** What the reader puts in for the words in capitals. */
async function fillIn(command: string): Promise<string> {
  const [pod] = await livePods(namespace, 'receiver');
  const now = Date.now();
  const known: Record<string, string> = {
    NAMESPACE: (/statefulset\/|replicaCount/.test(command) ? spooled : namespace).name,
    RELEASE: 'events',
    POD: pod?.metadata.name,
    BROKER: inject('kafkaBootstrap'),
    NAME: 'signing',
    FILE: 'secret',
    HOST: host,
    's@EPOCH_MS': `s@${now - 60_000}`,
    'e@EPOCH_MS': `e@${now}`,
  };
  return Object.entries(known)
    .reduce((text, [name, value]) => text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), value), command)
    .replaceAll('comapi.events', topics.topic)
    .replaceAll('/PATH', '/webhook')
    .replaceAll('…', `${secret}-third`)
    .replace(/(npx comapi-webhook .*)https:\/\/[^/]+/, `$1${serviceUrl}`)
    .replace('npx comapi-webhook', `node ${root}src/comapi-webhook.mjs`);
}
