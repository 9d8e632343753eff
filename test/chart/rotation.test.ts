import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { startProviderApiServer } from '../support/provider-api-server.ts';
import { runCommand } from '../support/run-command.ts';
import { readShellBlocks } from '../support/shell-blocks.ts';
import { startTestReceiver, temporaryDirectory } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type Manifest, pick, render } from './support/render.ts';

const readme = readFileSync(join(chartDirectory, 'README.md'), 'utf8');
const steps = readShellBlocks(readme, '## Rotate a signing secret');
const old = 'the-old-secret-of-36-characters-0000';
const next = 'the-next-secret-of-36-characters-000';

test('the steps of the README keep helm test, canary and registration at work', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'current'), old);
  const env = { WEBHOOK_SECRET: '', WEBHOOK_SECRETS_DIR: directory };
  const receiver = await startTestReceiver({ env, sink: createMemorySink() });
  const provider = await startProviderApiServer();
  const usable = (key: string) =>
    receiver.metric(`comapi_webhook_secret_usable{webhook="default",secret="${key}"}`);
  /**
   * Runs the commands of the release's pods with a mounted Secret. Returns the secret that the provider uses after the
   * commands.
   */
  const upgrade = async (set: string) => {
    for (const { args, env: own } of containersOf(receiver.url, set)) {
      const [WEBHOOK_SECRETS_DIR = ''] = onThisMachine(
        own.filter(({ name }) => name === 'WEBHOOK_SECRETS_DIR').map(({ value }) => value),
        receiver.url,
        directory,
      );
      const { code, stderr } = await runCommand(onThisMachine(args, receiver.url, directory), {
        WEBHOOK_SECRETS_DIR,
        COMAPI_API_URL: provider.url,
        COMAPI_API_USERNAME: 'apiuser',
        COMAPI_API_PASSWORD: 'pass word',
      });
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    }
    return [...provider.registrations.values()].map(({ body }) => body.secret);
  };

  expect(await upgrade('webhooks[0].existingSecret=comapi-webhook')).toEqual([old]);

  expect(steps[0]).toContain('{\\"stringData\\":{\\"next\\":');
  writeFileSync(join(directory, 'next'), next);
  await waitUntil(async () => (await usable('next')) === 1, { timeoutMs: 20_000, what: 'next is known' });
  expect(await upgrade('webhooks[0].existingSecret=comapi-webhook')).toEqual([old]);

  const [, setNext = ''] = /--set '([^']+)'/.exec(steps[3] ?? '') ?? [];
  expect(await upgrade(setNext)).toEqual([next]);
  expect(await upgrade('webhooks[0].existingSecret=comapi-webhook')).toEqual([next]);

  expect(steps[4]).toContain('{"op":"remove","path":"/data/current"}');
  rmSync(join(directory, 'current'));
  await waitUntil(async () => (await usable('current')) === 0, {
    timeoutMs: 20_000,
    what: 'current is gone',
  });
  expect(await upgrade(setNext)).toEqual([next]);
  expect(await upgrade('webhooks[0].existingSecret=comapi-webhook')).toEqual([next]);
  await provider.close();
});

/** Containers of `helm test`, the canary and the registration. */
function containersOf(
  publicUrl: string,
  set: string,
): { readonly args: string[]; readonly env: { readonly name: string; readonly value: string }[] }[] {
  const values = {
    kafka: { brokers: ['kafka:9092'] },
    publicUrl,
    registration: { enabled: true, existingSecret: 'api', events: ['message.delivered'] },
    canary: { enabled: true },
  };
  const manifests = render(values, { set });
  const pods: Manifest[] = [
    pick(manifests, 'Pod'),
    pick(manifests, 'CronJob').spec.jobTemplate.spec.template,
    pick(manifests, 'Job').spec.template,
  ];
  return pods.flatMap(({ spec }) => spec.containers);
}

/** Replaces the address of the Service and the mount paths by their equivalents on this machine. */
function onThisMachine(args: readonly string[], url: string, directory: string): string[] {
  return args.map((arg) =>
    arg
      .replace('http://events-comapi-webhook-receiver.messaging.svc:80', url)
      .replace('/etc/comapi-webhook/webhooks/default', directory),
  );
}
