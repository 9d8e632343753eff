import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import { toApiEnv } from '../support/reconcile-messages.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

let provider: ProviderApiServer;

beforeAll(async () => {
  provider = await startProviderApiServer();
});
afterAll(() => provider.close());
beforeEach(() => provider.reset());

function reconcile(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runCommand(['reconcile', ...args], { ...toApiEnv(provider), ...env });
}

describe('reconcile --webhook', () => {
  const url = 'https://hooks.example.com/webhook';
  const secret = 'a-secret-of-16-or-more';
  const present = {
    ...{ name: 'crm', url, secret, batch: true, maxBatchSize: 100, batchTimeout: 1 },
    subscriptions: [{ type: 'message.sent', filters: [] }],
  };
  const args = ['--webhook', 'crm', '--url', url, '--event', 'message.sent'];
  const env = { WEBHOOK_SECRET: secret };

  test('is as declared', async () => {
    const { id } = provider.store(present);
    const { code, stdout } = await reconcile(args, env);
    expect([code, stdout]).toEqual([0, `registration "crm" (${id}) is as declared\n`]);
    expect(provider.calls.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('differs: how, when and by whom, without a secret', async () => {
    const { id } = provider.store({
      ...present,
      url: 'https://other.example/',
      secret: 'another-secret-of-16',
    });
    provider.alter = (answer) =>
      Array.isArray(answer)
        ? answer
        : { ...(answer as object), _updatedOn: '2026-11-20T10:00:00Z', _updatedBy: 'jo' };
    const { code, stdout } = await reconcile([...args, '--batch-size', '50'], env);
    expect([code, stdout]).toEqual([
      1,
      `registration "crm" (${id}) DIFFERS from what was declared; last changed 2026-11-20T10:00:00Z by jo
  url: https://other.example/ → ${url}
  secret: changes
  maxBatchSize: 100 → 50
`,
    ]);
  });

  test('without a secret at hand, or with one that is not shown, says nothing of it', async () => {
    const { id } = provider.store({ ...present, secret: 'another-secret-of-16' });
    expect((await reconcile(args)).stdout).toBe(`registration "crm" (${id}) is as declared\n`);
    provider.secretShown = 'masked';
    expect((await reconcile(args, env)).stdout).toContain('the provider does not show which one it has');
  });

  test('is absent', async () => {
    const { code, stdout } = await reconcile([...args, '--json'], env);
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      { registration: [{ name: 'crm', state: 'absent', differences: [], secretUnknown: false }] },
    ]);
  });
});

describe('reconcile --webhook without a name', () => {
  const [smsSecret, emailSecret] = ['secret-of-the-sms-webhook', 'secret-of-the-email-webhook'];
  const declare = (name: string, secret: string) => ({
    ...{ name: `shop-${name}`, url: `https://hooks.example.com/in/${name}`, secret, batch: true },
    ...{ maxBatchSize: 100, batchTimeout: 1, subscriptions: [{ type: 'message.sent', filters: [] }] },
  });
  const args = ['--webhook', '--webhook-prefix', 'shop-', '--url', 'https://hooks.example.com/in/'];
  let env: { readonly WEBHOOKS_FILE: string };

  beforeAll(() => {
    const directory = temporaryDirectory(afterAll);
    const secretsDir = join(directory, 'email');
    mkdirSync(secretsDir);
    writeFileSync(join(secretsDir, 'current'), emailSecret);
    writeFileSync(join(secretsDir, 'next'), 'the-next-secret-of-the-email');
    const file = join(directory, 'webhooks.json');
    const entries = [
      { name: 'sms', path: '/sms', secret: smsSecret },
      { name: 'email', path: '/email', secretsDir },
    ];
    writeFileSync(file, JSON.stringify(entries));
    env = { WEBHOOKS_FILE: file };
  });

  test('compares each of the receiver, with its own path and secrets', async () => {
    provider.store(declare('sms', smsSecret));
    provider.store(declare('email', emailSecret));
    const { code, stdout } = await reconcile(args, env);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^registration "shop-sms" \S+ is as declared\nregistration "shop-email" \S+ is as declared\n$/,
      ),
    ]);
  });

  test('one that differs is enough', async () => {
    provider.store(declare('sms', smsSecret));
    provider.store({ ...declare('email', 'a-secret-of-nobody-here'), url: 'https://other.example/' });
    const { code, stdout } = await reconcile([...args, '--json'], env);
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      {
        registration: [
          expect.objectContaining({ name: 'shop-sms', state: 'as_declared' }),
          expect.objectContaining({
            ...{ name: 'shop-email', state: 'differs' },
            differences: [
              'url: https://other.example/ → https://hooks.example.com/in/email',
              'secret: changes',
            ],
          }),
        ],
      },
    ]);
  });

  test.each([
    [{ WEBHOOKS_FILE: '/nowhere' }, [], 'WEBHOOKS_FILE: the file /nowhere cannot be read'],
    [{}, ['--secret-file', '/nowhere'], 'takes the secrets of the receiver: name it, or give none'],
  ])('%j with %j is refused', async (more, given, text) => {
    const { code, stderr } = await reconcile([...args, ...given], { ...env, ...more });
    expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
    expect(provider.calls).toEqual([]);
  });
});
