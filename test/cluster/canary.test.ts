import { beforeAll, expect, inject, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { baseValues, createTopics, secret } from './support/deploy.ts';
import { type FrontDoorOptions, openFrontDoor } from './support/front-door.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { useNamespace } from './support/namespace.ts';
import { trustAuthorities } from './support/trusted-authorities.ts';

const { hostAddress } = inject('cluster');
const namespace = useNamespace('canary');
const certificate = createHostCertificate(hostAddress);
const authorities = trustAuthorities(certificate);
let port: number;

/** Two releases side by side: the canary of one must notice that its URL leads to the other. */
beforeAll(async () => {
  [port = 0] = await freePorts(1);
  await namespace.apply(
    secretOf('own', secret),
    secretOf('foreign', `${secret}-other`),
    authorities.configMap,
  );
  const shared = { replicaCount: 1, publicUrl: `https://${hostAddress}:${port}` };
  await namespace.helm(['install', 'own', '--wait', '--timeout=120s'], {
    ...baseValues(await createTopics()),
    ...shared,
    webhooks: [{ existingSecret: 'own' }],
    canary: { enabled: true, schedule: '0 0 29 2 *' },
    ...authorities.toValues({}),
  });
  await namespace.helm(['install', 'foreign', '--wait', '--timeout=120s'], {
    ...baseValues(await createTopics()),
    ...shared,
    webhooks: [{ existingSecret: 'foreign' }],
  });
});

test('a canary passes a front door that is as it should be', async () => {
  await openDoor({});
  expect(await sendCanary('good', 'complete')).toBe('200 {"accepted":1,"deadLettered":0}\n');
});

test('it is red when the certificate is another’s', async () => {
  await openDoor({ certificate: createHostCertificate('another.example.com') });
  expect(await sendCanary('certificate', 'failed')).toMatch(/^error: No answer from https:.*certificate/m);
});

test('it is red when what is behind the URL has another secret', async () => {
  await openDoor({ upstream: await serviceAddress('foreign') });
  expect(await sendCanary('secret', 'failed')).toMatch(/^401 /m);
});

function secretOf(name: string, current: string) {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { current } };
}

async function openDoor(different: Partial<FrontDoorOptions>): Promise<void> {
  const upstream = different.upstream ?? (await serviceAddress('own'));
  await openFrontDoor({ host: hostAddress, port, certificate, maxBodySize: '10m', ...different, upstream });
}

async function serviceAddress(release: string): Promise<string> {
  const { spec } = await namespace.get('service', `${release}-comapi-webhook-receiver`);
  return `${spec.clusterIP}:${spec.ports[0].port}`;
}

/** Runs the canary now; what it said. */
async function sendCanary(name: string, end: 'complete' | 'failed'): Promise<string> {
  const job = `canary-${name}`;
  await namespace.kubectl('create', 'job', job, '--from=cronjob/own-comapi-webhook-receiver-canary');
  await namespace.kubectl('wait', `--for=condition=${end}`, `job/${job}`, '--timeout=90s');
  return namespace.kubectl('logs', `job/${job}`);
}
