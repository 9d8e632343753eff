import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import { readShellBlocks } from '../support/shell-blocks.ts';
import { waitUntil } from '../support/wait-until.ts';
import { baseValues, createTopics, secret, whenRouted } from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { useNamespace } from './support/namespace.ts';
import { type Relay, startRelay } from './support/relay.ts';
import { createTlsClient, type TlsClient } from './support/tls-client.ts';
import { trustAuthorities } from './support/trusted-authorities.ts';

const readme = readFileSync(join(chartDirectory, 'README.md'), 'utf8');
const blocks = readShellBlocks(readme, '## Rotate a signing secret');
const [add, showReceivers, printNext, register, remove] = blocks as [string, string, string, string, string];
const host = 'rotation.example.com';
const certificate = createHostCertificate(host);
const namespace = useNamespace('rotation');
const { hostAddress, ingressAddress, ingressClass } = inject('cluster');
const apiCertificate = createHostCertificate(hostAddress);
const authorities = trustAuthorities(apiCertificate, certificate);
const [ingressHost = '', ingressPort = ''] = ingressAddress.split(':');
let provider: ProviderApiServer;
let relay: Relay;
let client: TlsClient;

beforeAll(async () => {
  provider = await startProviderApiServer();
  relay = await startRelay(hostAddress, Number(new URL(provider.url).port), apiCertificate);
  client = createTlsClient({ address: ingressAddress, host, authority: certificate.certificate });
  await namespace.apply(
    secretOf('comapi-webhook', { current: secret }),
    secretOf('provider-api', { username: 'apiuser', password: 'pass word' }),
    certificate.secret('rotation-tls'),
    authorities.configMap,
  );
  await namespace.helm(['install', 'events', '--wait', '--timeout=180s'], {
    ...baseValues(await createTopics()),
    webhooks: [{ existingSecret: 'comapi-webhook' }],
    publicUrl: `https://${host}:${ingressPort}`,
    ingress: { enabled: true, className: ingressClass, host, tls: { secretName: 'rotation-tls' } },
    registration: {
      enabled: true,
      existingSecret: 'provider-api',
      events: ['message.delivered'],
    },
    canary: { enabled: true, schedule: '0 0 29 2 *' },
    ...authorities.toValues({
      env: { COMAPI_API_URL: `https://${hostAddress}:${relay.port}` },
      // No name server knows it.
      podSpec: { hostAliases: [{ ip: ingressHost, hostnames: [host] }] },
    }),
  });
  await whenRouted(client);
});
afterAll(async () => {
  client.close();
  relay.close();
  await provider.close();
});

describe('the lines of the README rotate a secret', () => {
  test('before them everything signs with the only key', async () => {
    expect(registeredSecrets()).toEqual([secret]);
    await expectTestsToPass('before');
  });

  test('the new key reaches every receiver, and the registration keeps the old one', async () => {
    await run(add);
    const receivers = async () => {
      await namespace.touchPods();
      return (await run(showReceivers).catch(() => '')).trim().split('\n');
    };
    await waitUntil(async () => (await receivers()).length === 2, {
      timeoutMs: 180_000,
      what: 'both receivers have the new key',
      pollMs: 2_000,
    });
    expect((await client.postEvent('/webhook', await run(printNext))).status).toBe(200);
    await expectTestsToPass('added');
    await upgradeWithoutKey();
    expect(registeredSecrets()).toEqual([secret]);
  });

  test('the registration gets the key that is named, and keeps it', async () => {
    await run(register);
    const next = await run(printNext);
    expect(registeredSecrets()).toEqual([next]);
    await upgradeWithoutKey();
    expect(registeredSecrets()).toEqual([next]);
  });

  test('without the old key helm test, canary and registration go on', async () => {
    await run(remove);
    const statusOfOld = async () => {
      await namespace.touchPods();
      return (await client.postEvent('/webhook', secret)).status;
    };
    await waitUntil(async () => (await statusOfOld()) === 401, {
      timeoutMs: 180_000,
      what: 'the old secret is refused',
      pollMs: 2_000,
    });
    await expectTestsToPass('removed');
    await upgradeWithoutKey();
    expect(registeredSecrets()).toEqual([await run(printNext)]);
  });
});

function secretOf(name: string, stringData: Readonly<Record<string, string>>) {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
}

function registeredSecrets(): unknown[] {
  return [...provider.registrations.values()].map(({ body }) => body.secret);
}

async function expectTestsToPass(name: string): Promise<void> {
  const said = await namespace.helm(['test', 'events', '--timeout=60s', '--logs']);
  expect(said).toContain('200 {"accepted":1,"deadLettered":0}');
  const job = `canary-${name}`;
  const cronJob = 'cronjob/events-comapi-webhook-receiver-canary';
  await namespace.kubectl('create', 'job', job, `--from=${cronJob}`);
  await namespace.kubectl('wait', '--for=condition=complete', `job/${job}`, '--timeout=60s');
}

/** What any later change of the release does to the registration. */
function upgradeWithoutKey(): Promise<string> {
  return run(register.replace(',webhooks[0].secretKey=next', ''));
}

async function run(script: string): Promise<string> {
  const here = script.replaceAll('-n messaging', `-n ${namespace.name}`);
  const options = { cwd: join(chartDirectory, '../..'), timeout: 200_000 };
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', here], options);
  return stdout;
}
