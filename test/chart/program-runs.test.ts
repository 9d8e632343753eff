import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startProviderApiServer } from '../support/provider-api-server.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';
import { type Manifest, minimalValues, ofKind, render } from './support/render.ts';

/**
 * Directory that takes the place of a pod's volumes. A file in it contains the environment of a job, so that the job
 * can run on a local machine.
 */
const directory = mkdtempSync(join(tmpdir(), 'program-runs-'));
afterAll(() => rmSync(directory, { recursive: true }));

const mounted = '/etc/comapi-webhook';

function write(name: string, text: string): string {
  const file = join(directory, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const toOwn = (text: string) => text.replaceAll(mounted, directory);

async function run({ name, args, env = [] }: Manifest) {
  const lines = env.map((each: Manifest) => `${each.name}='${toOwn(each.value)}'\n`);
  const file = write(`${args[0]}-${name}.env`, lines.join(''));
  return runCommand([...args.map(toOwn), '--env-file', file]);
}

test('each job runs as it is rendered, its variables read from a file', async () => {
  const provider = await startProviderApiServer();
  const receiver = await startTestReceiver();
  await expect.poll(receiver.ready, { timeout: 30_000 }).toBe(true);
  const manifests = render({
    ...minimalValues,
    kafka: { brokers: ['127.0.0.1:1'] },
    publicUrl: receiver.url,
    topics: { create: true, partitions: 6, settings: { 'segment.bytes': 268435456 } },
    registration: {
      enabled: true,
      existingSecret: 'api',
      events: ['message.delivered'],
      deleteOnUninstall: true,
      waitForReceiver: '1m',
    },
    canary: { enabled: true },
    reconcile: { enabled: true, events: ['message.delivered'] },
    env: { COMAPI_API_URL: provider.url, COMAPI_API_USERNAME: 'apiuser' },
  });
  const [{ data }] = ofKind(manifests, 'ConfigMap').filter(({ data: each }) => each['webhooks.json']);
  write('config/webhooks.json', toOwn(data['webhooks.json']));
  write('webhooks/default/current', testSecret);
  write('api/password', 'pass word');

  const jobs = new Map(
    manifests.flatMap(({ kind, spec, metadata }): [string, Manifest][] =>
      ['Job', 'CronJob', 'Pod'].includes(kind)
        ? [
            [
              metadata.labels['app.kubernetes.io/component'],
              (spec.jobTemplate?.spec.template.spec ?? spec.template?.spec ?? spec).containers[0],
            ],
          ]
        : [],
    ),
  );
  expect([...jobs.keys()].toSorted()).toEqual([
    'canary',
    'reconcile',
    'registration',
    'registration-removal',
    'test',
    'topics',
  ]);
  const runJob = (name: string) => run(jobs.get(name));

  expect(await runJob('registration')).toMatchObject({ code: 0 });
  expect([...provider.registrations.values()].map(({ body }) => body)).toMatchObject([
    { name: 'default', url: `${receiver.url}/webhook` },
  ]);
  expect(await runJob('canary')).toMatchObject({ code: 0, stdout: '200 {"accepted":1,"deadLettered":0}\n' });
  // The environment file contains a Kafka address at which no server listens.
  expect(await runJob('topics')).toMatchObject({ code: 2, stderr: expect.stringContaining('127.0.0.1:1') });
  const reconciled = await runJob('reconcile');
  expect(reconciled.code).toBe(2);
  expect(reconciled.stdout + reconciled.stderr).toContain('127.0.0.1:1');
  expect(await runJob('registration-removal')).toMatchObject({ code: 0 });
  expect(provider.registrations.size).toBe(0);
  await provider.close();
});
