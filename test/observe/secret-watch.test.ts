import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeSecretChange } from '../../src/observe/secret-watch.ts';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import type { KnownSecrets } from '../../src/webhook/secret.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver, type TestReceiver, temporaryDirectory } from '../support/test-receiver.ts';

const current = 'the secret that is in use now';
const previous = 'the secret that was in use before';
const event = '{"eventId":"e","payload":{"messageId":"m"}}';

async function statusOf(
  receiver: TestReceiver,
  secret: string,
  path = '/webhook',
): Promise<number | undefined> {
  const parts = delivery(event, { 'x-comapi-signature': signBody(Buffer.from(event), secret) });
  const request = parts.map((part) => (typeof part === 'string' ? part.replace('/webhook', path) : part));
  return (await sendRaw(receiver.url, request)).status;
}

async function start() {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'current'), current);
  writeFileSync(join(directory, 'previous'), previous);
  const sink = createMemorySink();
  const env = { WEBHOOK_SECRET: '', WEBHOOK_SECRETS_DIR: directory };
  const receiver = await startTestReceiver({ sink, env });
  expect(await statusOf(receiver, previous)).toBe(200);
  expect(await receiver.ready()).toBe(true);
  return { directory, receiver, sink };
}

const readiness = async ({ managementUrl }: TestReceiver) =>
  (await fetch(`${managementUrl}/readyz?verbose`)).json() as Promise<{
    ready: boolean;
    checks: { name: string; ok: boolean; detail: string }[];
  }>;
const usable = (receiver: TestReceiver) => receiver.metric('comapi_webhook_secrets{webhook="default"}');
const slow = { timeout: 10_000 };

test('a secret that cannot be used at the start is logged', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'current'), current);
  writeFileSync(join(directory, 'new'), '');
  const receiver = await startTestReceiver({
    sink: createMemorySink(),
    env: { WEBHOOK_SECRET: '', WEBHOOK_SECRETS_DIR: directory },
  });
  expect(receiver.log.lines.filter(({ faults }) => faults !== undefined)).toMatchObject([
    { level: 'error', webhook: 'default', faults: [expect.stringMatching(/"new" \(.*\) has 0 characters/)] },
  ]);
});

describe('a secret that is taken away', () => {
  test('stops to verify at once, also while another file cannot be used, and that one is named', async () => {
    const { directory, receiver } = await start();
    rmSync(join(directory, 'previous'));
    writeFileSync(join(directory, 'new'), '');
    // The delivery may be signed with the new secret, whose file may still be incomplete. So the receiver must not
    // reject it permanently.
    await expect.poll(() => statusOf(receiver, previous), slow).toBe(503);
    expect(await statusOf(receiver, current)).toBe(200);
    expect(await receiver.metric('comapi_webhook_secret_usable{webhook="default",secret="new"}')).toBe(0);
    expect(await receiver.metrics()).toContain(
      'comapi_webhook_secret_usable{webhook="default",secret="new"} 0',
    );
    expect(await receiver.metrics()).not.toContain('secret_usable{webhook="default",secret="previous"}');
    expect(await readiness(receiver)).toMatchObject({
      ready: true,
      checks: expect.arrayContaining([
        {
          name: 'secrets',
          ok: true,
          hasFault: true,
          detail: expect.stringMatching(/the secret "new" \(.*\/new\) has 0 characters/),
        },
      ]),
    });
    expect(receiver.log.lines.filter(({ faults }) => faults !== undefined)).toMatchObject([
      {
        level: 'error',
        webhook: 'default',
        faults: [expect.stringMatching(/"new" \(.*\) has 0 characters/)],
      },
    ]);

    rmSync(join(directory, 'new'));
    await expect.poll(() => statusOf(receiver, previous), slow).toBe(401);
    expect(await receiver.metrics()).not.toContain('secret="new"');
  });

  test('leaves a line for the auditor, as every change does, with labels and no values', async () => {
    const { directory, receiver } = await start();
    const audited = () => receiver.log.lines.filter((line) => line.audit !== undefined);
    expect(audited()).toMatchObject([
      { audit: 'started', httpTls: false, secretLabels: { default: ['current', 'previous'] } },
    ]);
    rmSync(join(directory, 'previous'));
    await expect.poll(() => audited().length, slow).toBe(2);
    writeFileSync(join(directory, 'current'), 'another secret that is in use now');
    await expect.poll(() => audited().length, slow).toBe(3);
    const change = { audit: 'secrets_changed', webhook: 'default', added: [], unusable: [] };
    expect(audited().slice(1)).toMatchObject([
      { ...change, removed: ['previous'], replaced: [] },
      { ...change, removed: [], replaced: ['current'] },
    ]);
    expect(receiver.log.text()).not.toContain('that is in use');
    expect(receiver.log.text()).not.toContain('that was in use');
  });

  test('leaves no key behind that anybody has, when a crash fills its file with zeros', async () => {
    const { directory, receiver } = await start();
    writeFileSync(join(directory, 'current'), Buffer.alloc(40));
    rmSync(join(directory, 'previous'));
    await expect.poll(() => usable(receiver), slow).toBe(0);
    // HMAC pads a key with zero bytes. An empty key and a key that consists of zero bytes therefore produce the same
    // signature, so the receiver must accept neither.
    expect(await statusOf(receiver, '')).toBe(503);
    expect(await statusOf(receiver, '\0'.repeat(40))).toBe(503);
    expect(await receiver.metric('comapi_webhook_secret_usable{webhook="default",secret="current"}')).toBe(0);

    writeFileSync(join(directory, 'current'), `${current}\n`);
    await expect.poll(() => usable(receiver), slow).toBe(1);
    expect(await statusOf(receiver, current)).toBe(200);
    expect(await statusOf(receiver, '')).toBe(401);
  });

  test.each([
    [
      'files are removed',
      (directory: string) => ['current', 'previous'].map((name) => rmSync(join(directory, name))),
    ],
    ['directory is removed', (directory: string) => rmSync(directory, { recursive: true })],
    [
      'files are emptied',
      (directory: string) => ['current', 'previous'].map((name) => writeFileSync(join(directory, name), '')),
    ],
  ])('leaves nothing that is accepted when all %s, until one is there again', async (_what, takeAway) => {
    const { directory, receiver, sink } = await start();
    takeAway(directory);
    await expect.poll(() => usable(receiver), slow).toBe(0);
    for (const secret of [current, previous, 'of an unauthenticated client who guesses']) {
      expect(await statusOf(receiver, secret)).toBe(503);
    }
    const unsigned = delivery(event, { 'x-comapi-signature': undefined });
    expect((await sendRaw(receiver.url, unsigned)).status).toBe(401);
    expect(sink.records).toHaveLength(1);
    // The receiver stays ready so that it receives deliveries and returns 503 itself. Responses of the ingress would
    // not be counted.
    expect(await readiness(receiver)).toMatchObject({
      ready: true,
      checks: expect.arrayContaining([expect.objectContaining({ name: 'secrets', ok: false })]),
    });
    expect(receiver.log.text()).toContain('no secret is usable');

    mkdirSync(directory, { recursive: true });
    for (const name of ['current', 'previous']) {
      rmSync(join(directory, name), { force: true });
    }
    writeFileSync(join(directory, 'current'), current);
    await expect.poll(() => usable(receiver), slow).toBe(1);
    expect(await statusOf(receiver, current)).toBe(200);
    expect(await statusOf(receiver, previous)).toBe(401);
  });

  test('of one registration does not stop the others', async () => {
    const root = temporaryDirectory();
    const registrations = ['sms', 'chat'].map((name) => {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, 'current'), current);
      return { name, path: `/${name}`, secretsDir: join(root, name) };
    });
    const file = join(root, 'webhooks.json');
    writeFileSync(file, JSON.stringify(registrations));
    const env = { WEBHOOK_SECRET: '', WEBHOOKS_FILE: file };
    const receiver = await startTestReceiver({ sink: createMemorySink(), env });
    rmSync(join(root, 'sms', 'current'));
    await expect.poll(() => statusOf(receiver, current, '/sms'), slow).toBe(503);
    expect(await statusOf(receiver, current, '/chat')).toBe(200);
    const { ready, checks } = await readiness(receiver);
    expect(ready).toBe(true);
    expect(checks.find(({ name }) => name === 'secrets')?.detail).toBe('sms: no secret is usable');
  });
});

const none = { added: [], removed: [], replaced: [], unusable: [] };
/** Creates a set of known secrets from labels and values, and adds problems. */
const known = (values: Readonly<Record<string, string>>, ...problems: KnownSecrets['problems']) => ({
  secrets: Object.entries(values).map(([label, value]) => ({ label, value: `planted ${value}` })),
  problems,
});
const before = known({ current: 'one', previous: 'two' });

test.each([
  ['nothing', before, none],
  [
    'a rotation',
    known({ current: 'three', previous: 'one' }),
    { ...none, replaced: ['current', 'previous'] },
  ],
  [
    'a new label beside one that goes',
    known({ current: 'one', next: 'three' }),
    { ...none, added: ['next'], removed: ['previous'] },
  ],
  [
    'a file that can no longer be used',
    known({ current: 'one' }, { label: 'previous', message: 'the secret "previous" has 0 characters' }),
    { ...none, removed: ['previous'], unusable: ['previous'] },
  ],
  [
    'a directory that is gone',
    known({}, { label: undefined, message: 'cannot be read' }),
    { ...none, removed: ['current', 'previous'], unusable: ['the whole directory'] },
  ],
])('names %s by labels, never by values', (_what, after, change) => {
  expect(describeSecretChange(before, after)).toEqual(change);
  expect(JSON.stringify(describeSecretChange(before, after))).not.toContain('planted');
});
