import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const program = new URL('../../src/comapi-webhook.mjs', import.meta.url).pathname;
const body = '{"eventId":"e"}';
const sign = (key = testSecret, algorithm = 'sha1') => createHmac(algorithm, key).update(body).digest('hex');

function writeFile(text: string): string {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, text);
  return file;
}

const verify = (
  signature: string,
  options: {
    readonly args?: readonly string[];
    readonly env?: Record<string, string>;
    readonly received?: string;
  } = {},
) =>
  runCommand(
    [
      'verify',
      '--body',
      writeFile(options.received ?? body),
      '--signature',
      signature,
      ...(options.args ?? []),
    ],
    options.env ?? { WEBHOOK_SECRET: 'the secret of now, and more', WEBHOOK_SECRET_PREVIOUS: testSecret },
  );

describe('with the secrets of the receiver', () => {
  test('says which of them gives the signature', async () => {
    expect(await verify(sign())).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: 'ok      The signature matches the secret "previous" of the webhook "default".\n',
    });
  });

  test('says what was changed on the way', async () => {
    const { code, stdout } = await verify(sign(), { received: `${body}\n` });
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(
        /^FAILED {2}body_white_space: .+ The sender used the secret "previous" of the webhook "default"\.\n$/,
      ),
    });
  });

  test.each([
    ['a secret with a line end', sign(`${testSecret}\n`), 'secret_white_space'],
    ['an unauthenticated client’s secret', sign('what an unauthenticated client would guess'), 'mismatch'],
    [
      'another algorithm',
      `sha256=${sign(testSecret, 'sha256')}`,
      'header_sha256: .+ The signature matches the secret "previous"',
    ],
    [
      'another algorithm and secret',
      sign('what an unauthenticated client would guess', 'sha256'),
      'header_sha256: .+ The signature matches none of the secrets',
    ],
    ['no form that is known', 'signature', 'malformed'],
    ['nothing', '', 'missing'],
  ])('says what is wrong with %s, and never shows a secret', async (_what, signature, expected) => {
    const { code, stdout, stderr } = await verify(signature);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(new RegExp(`^FAILED {2}${expected}`)),
    });
    expect(stdout + stderr).not.toContain(testSecret);
  });

  test('a secret that cannot be used may have made the signature: that is not known', async () => {
    const WEBHOOK_SECRETS_DIR = temporaryDirectory();
    writeFileSync(join(WEBHOOK_SECRETS_DIR, 'one'), 'the secret of now, and more');
    mkdirSync(join(WEBHOOK_SECRETS_DIR, 'two'));
    const env = { WEBHOOK_SECRETS_DIR };
    const notKnown = {
      ...{ code: 2, stderr: '' },
      stdout: expect.stringMatching(
        /^Cannot tell whether the signature is valid: .*, but the secret "two" .*cannot be read: /,
      ),
    };
    expect(await verify(sign(), { env })).toEqual(notKnown);
    // The usable secret verifies this signature, so the unreadable secret is not needed.
    expect((await verify(sign('the secret of now, and more'), { env })).code).toBe(0);
    const quoted = await verify(sign('"the secret of now, and more"'), { env });
    expect([quoted.code, quoted.stdout]).toEqual([1, expect.stringMatching(/^FAILED {2}secret_quoted/)]);
    const other = await verify(`sha256=${sign('a guess', 'sha256')}`, { env });
    expect(other.stdout).toContain('The signature matches none of the usable secrets.');
  });

  test('secrets that cannot be used are not said to be none', async () => {
    const DATA_DIR = temporaryDirectory();
    mkdirSync(join(DATA_DIR, 'secret'));
    expect(await verify(sign(), { env: { DATA_DIR } })).toMatchObject({
      ...{
        code: 2,
        stderr: expect.stringContaining('no secret is usable: the secret "development" ('),
      },
    });
  });

  const several = () => ({
    WEBHOOKS_FILE: writeFile(
      JSON.stringify([
        { name: 'orders', path: '/orders', secret: 'the secret of the orders' },
        { name: 'chat', path: '/chat', secret: testSecret },
      ]),
    ),
  });

  test('finds the registration, and tells when it is another one than was requested', async () => {
    expect(await verify(sign(), { env: several() })).toMatchObject({
      ...{ code: 0, stdout: 'ok      The signature matches the secret "current" of the webhook "chat".\n' },
    });
    expect(await verify(sign(`"${testSecret}"`), { env: several() })).toMatchObject({
      ...{ code: 1, stdout: expect.stringMatching(/^FAILED {2}secret_quoted: .+ of the webhook "chat"\.$/m) },
    });
    expect(await verify(sign(), { env: several(), args: ['--webhook', 'orders'] })).toMatchObject({
      ...{
        code: 1,
        stdout: expect.stringMatching(/^FAILED {2}secret_of_other_webhook: .+ of the webhook "chat"\.$/m),
      },
    });
    expect(await verify(sign(), { env: several(), args: ['--webhook', 'order'] })).toMatchObject({
      ...{
        code: 2,
        stderr: expect.stringContaining('no registration named "order". Did you mean "orders"?'),
      },
    });
  });
});

test('takes a secret of a file instead, and the body of standard input', async () => {
  const args = ['--body', '-', '--signature', sign(), '--secret-file', writeFile(testSecret)];
  const { status, stdout } = spawnSync(process.execPath, [program, 'verify', ...args], { input: body });
  expect(status).toBe(0);
  expect(stdout.toString()).toBe('ok      The signature matches the secret of --secret-file.\n');
});

test('is used wrongly without a body that can be read, or without a secret', async () => {
  const missing = ['verify', '--body', '/nowhere/body', '--signature', sign()];
  expect(await runCommand(missing, { WEBHOOK_SECRET: testSecret })).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining('--body: the file /nowhere/body cannot be read: ENOENT') },
  });
  expect(await verify(sign(), { env: { DATA_DIR: temporaryDirectory() } })).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining('no secret is configured: give --secret-file') },
  });
});

test('the session of its page is what it prints', async () => {
  const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
  const [, text = ''] = page.split('\n## verify\n');
  const [, session = ''] = /```console\n(.*?)```/s.exec(text) ?? [];
  const calls = session.split(/^\$ /m).slice(1);
  expect(calls.length).toBeGreaterThan(1);
  for (const call of calls) {
    const [line = '', ...printed] = call.split('\n');
    const [, file = '', signature = ''] = /--body (\S+) --signature (\S+)/.exec(line) ?? [];
    const received = file === 'proxied.json' ? `${body}\n` : body;
    const { stdout } = await verify(signature, { received, env: { WEBHOOK_SECRET: testSecret } });
    expect(stdout).toBe(printed.join('\n'));
  }
});
