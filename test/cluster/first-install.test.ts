import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readTopic } from '../support/kafka/read-topic.ts';
import { readShellBlocks } from '../support/shell-blocks.ts';
import { storedEvent, whenRouted } from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { useNamespace } from './support/namespace.ts';
import { createTlsClient } from './support/tls-client.ts';

const root = new URL('../..', import.meta.url).pathname;
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = readShellBlocks(readme, '### On Kubernetes');
const [names, image, install, frontDoor] = blocks as [string, string, string, string];
const host = 'first.example.com';
const certificate = createHostCertificate(host);
const namespace = useNamespace('first');
const cluster = inject('cluster');
/** A copy of the project's root directory that also contains files of the test. */
const directory = mkdtempSync(join(tmpdir(), 'first-install-'));

beforeAll(async () => {
  symlinkSync(join(root, 'charts'), join(directory, 'charts'));
  writeFileSync(join(directory, 'tls.crt'), certificate.certificate);
  writeFileSync(join(directory, 'tls.key'), certificate.key);
  copyFileSync(process.env.KUBECONFIG as string, join(directory, 'kubeconfig'));
  await run(`kubectl config set-context --current --namespace=${namespace.name}`);
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('the lines of the README, on a fresh namespace', () => {
  test('name what a reader has to fill in, and nothing else', () => {
    const filledIn = [...names.matchAll(/\b([A-Z_]+)=/g)].map(([, name]) => name);
    const used = [image, install, frontDoor].join('\n').matchAll(/\$([A-Z_]+)/g);
    expect(new Set([...used].map(([, name]) => name))).toEqual(new Set(filledIn));
  });

  test('build the image from the checkout and push what the chart then pulls', () => {
    expect(image.trim().split('\n')).toEqual([
      'docker build --tag "$IMAGE:$TAG" .',
      'docker push "$IMAGE:$TAG"',
    ]);
    expect(install).toContain('image.repository="$IMAGE",image.tag="$TAG"');
  });

  test('end with a release whose test has put a signed event on Kafka', async () => {
    const said = await run(install);
    expect(said).toContain('200 {"accepted":1,"deadLettered":0}');
    const stored = await readTopic({ bootstrap: inject('kafkaBootstrap'), topic: 'comapi.events' });
    expect(stored).toHaveLength(1);
  });

  test('give a secret that opens the front door', async () => {
    const [readSecret, send] = frontDoor.trim().split('\n') as [string, string];
    await run(readSecret);
    const secret = readFileSync(join(directory, 'webhook-secret'), 'utf8');
    const client = createTlsClient({
      address: cluster.ingressAddress,
      host,
      authority: certificate.certificate,
    });
    const { eventId } = await whenRouted(client, secret);
    client.close();
    await storedEvent('comapi.events', eventId);
    // DNS does not know the host name here. So the last line of the commands is not run, and the client above performs
    // the same request.
    expect(send).toBe(
      './comapi-webhook send --url "https://$EVENTS_HOST/webhook" --secret-file webhook-secret',
    );
  });
});

async function run(script: string): Promise<string> {
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(cluster.image) as unknown as [string, string, string];
  const filledIn = {
    IMAGE: repository,
    TAG: tag,
    KAFKA: inject('kafkaBootstrap'),
    EVENTS_HOST: host,
    INGRESS_CLASS: cluster.ingressClass,
  };
  const env = { ...process.env, ...filledIn, KUBECONFIG: join(directory, 'kubeconfig') };
  const options = { cwd: directory, env, timeout: 200_000 };
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], options);
  return stdout;
}
