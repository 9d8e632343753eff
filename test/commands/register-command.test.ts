import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { landingPageStart } from '../../src/http/landing-page.ts';
import { freePorts } from '../support/free-ports.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { provideProviderApi } from '../support/provide-provider-api.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, temporaryDirectory } from '../support/test-receiver.ts';

const provider = await provideProviderApi();

describe('register command', () => {
  const secret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';
  const url = 'https://hooks.example.com/webhook';

  /** @param args one text with spaces, or a list */
  function register(args: string | readonly string[], env: Readonly<Record<string, string>> = {}) {
    return runCommand(['register', ...(typeof args === 'string' ? args.split(' ') : args)], {
      COMAPI_API_URL: provider.url,
      COMAPI_API_USERNAME: 'apiuser',
      COMAPI_API_PASSWORD: 'pass word',
      WEBHOOK_SECRET: secret,
      ...env,
    });
  }

  const writes = () => provider.calls.filter(({ method }) => method !== 'GET');
  const only = () => [...provider.registrations.values()][0];
  const full = {
    name: 'crm',
    url,
    secret,
    subscriptions: [{ type: 'message.sent', filters: [{ name: 'channel', value: 'sms' }] }],
    batch: true,
    maxBatchSize: 100,
    batchTimeout: 1,
  };

  describe('a registration that does not exist', () => {
    it('is created with batches, the secret of the file, and every event that a pattern stands for', async () => {
      const secretFile = join(temporaryDirectory(), 'secret');
      writeFileSync(secretFile, `${secret}\n`);
      const args = `--webhook crm --url ${url} --secret-file ${secretFile} --event message.*:channel=sms`;
      const { code, stdout } = await register(args, { WEBHOOK_SECRET: 'another-secret-of-16' });

      expect(code).toBe(0);
      expect(stdout).toMatch(/^"crm" \([0-9a-f-]{36}\): created\n/);
      const filters = [{ name: 'channel', value: 'sms' }];
      expect(only()?.body).toEqual({
        ...full,
        subscriptions: ['sent', 'delivered', 'read', 'failed', 'inbound'].map((name) => ({
          type: `message.${name}`,
          filters,
        })),
      });
    });

    it('is not created by a dry run, which shows what it would be without the secret', async () => {
      const { code, stdout } = await register(`--webhook crm --url ${url} --event message.sent --dry-run`);

      expect(code).toBe(1);
      expect(stdout).toBe(
        `"crm": would be created
  url: (none) → ${url}
  secret: set
  subscriptions: + message.sent
  batch: (none) → true
  maxBatchSize: (none) → 100
  batchTimeout: (none) → 1
`,
      );
      expect(writes()).toEqual([]);
    });

    it.each([
      'http://localhost/webhook',
      'https://localhost:8443/webhook',
      'https://127.0.0.1/webhook',
      'https://[::1]/webhook',
    ])('is not made for %s, where the provider would reach itself', async (own) => {
      const args = `--webhook crm --url ${own} --event message.sent`;
      const { code, stderr } = await register(args, { COMAPI_API_URL: '' });
      expect([code, stderr]).toEqual([2, expect.stringContaining('Give the public URL')]);
    });

    it('is made for an http:// URL, with a word of what everybody on the way can read', async () => {
      const args = '--webhook crm --url http://hooks.example.com/ --event message.sent';
      // 0.0.0.0 does not count as a loopback address, so the command prints the warning.
      const { stderr } = await register(args, {
        COMAPI_API_URL: `https://0.0.0.0:${new URL(provider.url).port}`,
      });
      expect(stderr).toContain('--url uses http://, so personal data');
    });

    it('is created once, even when the answer to its creation is lost', async () => {
      provider.troubles.push({
        method: 'POST',
        status: 502,
        headers: { 'retry-after': '0' },
        afterEffect: true,
      });
      const { code, stdout } = await register(`--webhook crm --url ${url} --event message.sent`);

      expect({ code, stdout }).toEqual({ code: 0, stdout: `"crm" (${only()?.id}): unchanged\n` });
      expect(provider.registrations.size).toBe(1);
    });
  });

  describe('a registration that exists', () => {
    it('is left alone when nothing differs', async () => {
      const { id } = provider.store(full);
      const unchanged = { code: 0, stdout: `"crm" (${id}): unchanged\n` };
      const args = `--webhook crm --url ${url} --event message.sent:channel=sms --dry-run`;
      expect(await register(args)).toMatchObject(unchanged);
    });

    it('is changed where it differs, against the version that was read, and keeps the rest', async () => {
      const stored = provider.store(full);
      const { etag } = stored;
      const { code, stdout } = await register('--webhook crm --event message.read --batch-size 500');

      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: `"crm" (${stored.id}): updated
  subscriptions: + message.read
  subscriptions: - message.sent:channel=sms
  maxBatchSize: 100 → 500
`,
      });
      expect(writes()).toMatchObject([{ method: 'PUT', ifMatch: etag }]);
      expect(stored.body).toEqual({
        ...full,
        subscriptions: [{ type: 'message.read', filters: [] }],
        maxBatchSize: 500,
      });
    });

    it('is read again when someone changes it between the read and the write', async () => {
      const stored = provider.store(full);
      provider.afterRead = () => {
        provider.afterRead = undefined;
        stored.etag = '"by someone else"';
        stored.body = { ...full, batchTimeout: 30 };
      };
      const { code, stderr } = await register('--webhook crm --url https://other.example.com/webhook');

      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: 'The registration changed in the meantime. Reading it again.\n',
      });
      expect(stored.body).toEqual({ ...full, url: 'https://other.example.com/webhook', batchTimeout: 30 });
    });

    it('gets a rotated secret, which is not printed', async () => {
      const stored = provider.store(full);
      const rotated = 'a-rotated-secret-of-36-characters-00';
      const { code, stdout, stderr } = await register('--webhook crm', { WEBHOOK_SECRET: rotated });

      expect(code).toBe(0);
      expect(stdout).toBe(`"crm" (${stored.id}): updated\n  secret: changes\n`);
      expect(stdout + stderr).not.toContain(rotated);
      expect(stored.body.secret).toBe(rotated);
    });

    it.each(['masked', 'absent'] as const)(
      'with a secret that is %s is written only when asked',
      async (shown) => {
        const stored = provider.store({ ...full, secret: 'the-secret-before-this' });
        provider.secretShown = shown;

        const first = await register('--webhook crm');
        expect(first.stdout).toBe(
          `"crm" (${stored.id}): unchanged\n  secret: unknown, because the provider does not show it. To overwrite it, use --set-secret.\n`,
        );
        expect(stored.body.secret).toBe('the-secret-before-this');

        await register('--webhook crm --set-secret');
        expect(stored.body).toEqual(full);
      },
    );

    it('is deleted against the version that was read, and deleting it again is no failure', async () => {
      const { id, etag } = provider.store(full);

      const first = await register('--webhook crm --delete --yes');
      expect(first).toMatchObject({ code: 0, stdout: `"crm" (${id}): deleted\n` });
      expect(writes()).toMatchObject([{ method: 'DELETE', ifMatch: etag }]);
      expect(provider.registrations.size).toBe(0);

      const second = await register('--webhook crm --delete --yes');
      expect(second).toMatchObject({
        code: 0,
        stdout: '"crm": the registration does not exist, so nothing was deleted\n',
      });
    });
  });

  describe('events', () => {
    it('are listed with their filters', async () => {
      const { code, stdout } = await register('--list-events');

      expect(code).toBe(0);
      expect(stdout.split('\n')).toContain('message.inbound     [filters: channel (required)]');
      expect(stdout.split('\n')).toContain('message.sent       Outbound message sent [filters: channel]');
    });

    it.each([
      [
        'message.snet',
        'the account cannot subscribe to the event message.snet. To list the available events, use --list-events. Similar events: message.sent,',
      ],
      ['message sent', '"message sent" is not a valid event type. Give a type such as message.delivered'],
      ['message.sent:sms', '"sms" is not a valid filter. Give name=value'],
    ])('%s is refused before anything is written', async (event, sentence) => {
      const { code, stderr } = await register(['--webhook', 'crm', '--url', url, '--event', event]);

      expect(code).toBe(2);
      expect(stderr).toContain(`error: ${sentence}`);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(writes()).toEqual([]);
    });
  });

  describe('wrong use', () => {
    it.each([
      [['--url', url], {}, 'error: the name of the registration is missing: give --webhook'],
      [['--webhook', 'crm'], { COMAPI_API_REGION: 'r9' }, 'COMAPI_API_REGION: '],
      [
        ['--webhook', 'crm', '--delete', '--list-events'],
        {},
        "option '--delete' cannot be used with option '--list-events'",
      ],
      [
        ['--webhook', 'crm', '--delete', '--event', 'x'],
        {},
        "option '--delete' cannot be used with option '--event <type...>'",
      ],
      [
        ['--list-events', '--batch-size', '5'],
        {},
        "option '--list-events' cannot be used with option '--batch-size <events>'",
      ],
    ])('%j with %j exits with 2 before any call', async (args, env, sentence) => {
      const { code, stderr } = await register(args, env);

      expect(code).toBe(2);
      expect(stderr).toContain(sentence);
      expect(provider.calls).toEqual([]);
    });

    it.each([
      [['--webhook', 'crm'], { COMAPI_API_URL: 'https://user:planted@api.example.com' }],
      [['--webhook', 'crm'], { COMAPI_API_URL: 'ftp://user:planted@api.example.com' }],
      [['--webhook', 'crm'], { COMAPI_API_URL: 'user:planted@' }],
      [['--webhook', 'crm'], { COMAPI_API_REGION: 'https://user:planted@h' }],
      [['--webhook', 'crm'], { COMAPI_API_PASSWORD: '', COMAPI_API_PASSWORD_FILE: 'planted' }],
      [['--webhook', 'crm', '--secret-file', 'planted'], {}],
      [['--webhook', 'crm', '--url', 'https://user:planted@hooks.example.com'], {}],
      [['--webhook', 'crm', '--url', 'ftp://user:planted@hooks.example.com'], {}],
    ])('%j with %j exits with 2 and shows no credential', async (args, env) => {
      const { code, stdout, stderr } = await register(args, env);

      expect(code).toBe(2);
      expect(stdout + stderr).not.toContain('planted');
      expect(provider.calls).toEqual([]);
    });
  });

  describe('--wait-for-receiver', () => {
    const args = (target: string, wait = '20s') => [
      ...['--webhook', 'crm', '--url', target, '--event', 'message.sent'],
      ...['--wait-for-receiver', wait],
    ];

    it('registers once a receiver answers at the public URL', async () => {
      const receiver = await startTestReceiver({ sink: createMemorySink() });
      const { code, stderr } = await register(args(`${receiver.url}/webhook`));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(only()?.body.url).toBe(`${receiver.url}/webhook`);
    });

    it('waits for one that is not there yet', async () => {
      const [port = 0] = await freePorts(1);
      const target = `http://127.0.0.1:${port}/webhook`;
      const registering = register(args(target));
      const landing = createServer((_, response) => response.end(`${landingPageStart}.`));
      onTestFinished(() => void landing.close());
      setTimeout(() => landing.listen(port, '127.0.0.1'), 300);
      const { code, stderr } = await registering;
      expect(code).toBe(0);
      expect(stderr).toMatch(/^Waiting up to 20 s for a receiver at http:.*: connect ECONNREFUSED/);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    });

    it.each([
      [404, 'not found', 'GET returned the status 404'],
      [200, 'welcome', 'another service responds at this URL'],
      [301, landingPageStart, 'GET returned the status 301'],
    ])('registers nothing where the answer is %i %s', async (status, text, fault) => {
      const other = createServer((_, response) => response.writeHead(status).end(text));
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void other.close());
      const { port } = other.address() as AddressInfo;
      const { code, stderr } = await register(args(`http://127.0.0.1:${port}/webhook`, '1500ms'));
      expect(code).toBe(2);
      // The command checks twice, with one second in between.
      const where = `receiver at http://127.0.0.1:${port}/webhook`;
      const first = `Waiting up to 1.5 s for a ${where}: ${fault}.\n`;
      expect(stderr).toContain(
        `${first}error: No ${where.replace(' ', ' responds ')}: ${fault}. Nothing was`,
      );
      expect(provider.calls).toEqual([]);
    });

    it('needs to know where', async () => {
      const { code, stderr } = await register('--webhook crm --delete --yes --wait-for-receiver 1s');
      expect(code).toBe(2);
      expect(stderr).toContain('--wait-for-receiver requires --url');
    });
  });
});
