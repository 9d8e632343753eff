import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { delivery } from '../support/http-text.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startCommand, startReceiverProcess } from '../support/receiver-process.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

function journalLines(dataDir: string): { readonly value: string }[] {
  const directory = join(dataDir, 'journal');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').trimEnd().split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly value: string });
}

describe('comapi-webhook receive on the journal', () => {
  test('makes a secret of its own, and the command that it prints stores an event', async () => {
    const directory = temporaryDirectory();
    const receiver = await startReceiverProcess({}, directory);
    expect(receiver.stderr()).not.toContain('"level":"warn"');
    const printed = /\.\/comapi-webhook (send .*)/.exec(receiver.stderr())?.[1] ?? '';
    expect(printed).toContain('--secret-file data/secret');
    expect(statSync(join(directory, 'data/secret')).mode & 0o777).toBe(0o600);

    const args = printed.replace('localhost', '127.0.0.1').split(' ');
    const send = startCommand(args, {}, directory);
    expect(await send.exited).toBe(0);
    expect(send.stdout()).toBe('200 {"accepted":1,"deadLettered":0}\n');
    expect(journalLines(join(directory, 'data'))).toHaveLength(1);

    receiver.child.kill('SIGTERM');
    expect(await receiver.exited).toBe(0);
    expect(existsSync(join(directory, 'data/journal/lock'))).toBe(false);
  });

  test('warns when it has a secret to serve with, and nobody chose where the journal is', async () => {
    const receiver = await startReceiverProcess({ WEBHOOK_SECRET: testSecret }, temporaryDirectory());
    const warnings = receiver
      .stderr()
      .split('\n')
      .filter((line) => line.includes('"level":"warn"'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('"directory":"./data"');
    const chosen = await startReceiverProcess({ WEBHOOK_SECRET: testSecret, DATA_DIR: temporaryDirectory() });
    expect(chosen.stderr()).not.toContain('"level":"warn"');
  });

  test('loses nothing of what it acknowledged when it is killed right after, and heals a torn last line', async () => {
    const dataDir = temporaryDirectory();
    const env = { DATA_DIR: dataDir, WEBHOOK_SECRET: testSecret };
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const receiver = await startReceiverProcess(env);
      const event = `{"eventId":"e-${round}","payload":{"messageId":"m"}}`;
      const answer = await sendRaw(receiver.url, delivery(event));
      receiver.child.kill('SIGKILL');
      expect(answer.status).toBe(200);
      acknowledged.push(event);
      expect(await receiver.exited).toBe('SIGKILL');
      if (round === 1) {
        const last = readdirSync(join(dataDir, 'journal'))
          .filter((name) => name.endsWith('.jsonl'))
          .toSorted()
          .at(-1);
        appendFileSync(join(dataDir, 'journal', last ?? ''), '{"topic":"comapi.events","par');
      }
    }
    expect(journalLines(dataDir).map(({ value }) => value)).toEqual(acknowledged);
  });

  test('finishes what is under load when it is told to stop, and exits with 0', async () => {
    const dataDir = temporaryDirectory();
    const receiver = await startReceiverProcess({
      DATA_DIR: dataDir,
      WEBHOOK_SECRET: testSecret,
      SHUTDOWN_DELAY_MS: '200',
    });
    let accepted = 0;
    let stopping = false;
    const senders = Array.from({ length: 8 }, async (_unused, sender) => {
      for (let n = 0; !stopping || n === 0; n += 1) {
        const event = `{"eventId":"e-${sender}-${n}","payload":{"messageId":"m-${sender}"}}`;
        const { status } = await sendRaw(receiver.url, delivery(event));
        expect([200, 503, undefined]).toContain(status);
        if (status === 200) {
          accepted += 1;
        }
        if (accepted >= 100 && !stopping) {
          receiver.child.kill('SIGTERM');
          stopping = true;
        }
      }
    });
    expect(await receiver.exited).toBe(0);
    await Promise.all(senders);
    expect(accepted).toBeGreaterThanOrEqual(100);
    expect(new Set(journalLines(dataDir).map(({ value }) => value)).size).toBe(accepted);
  });

  test('answers with a rotated secret without a restart, and with the previous one as well', async () => {
    const secrets = temporaryDirectory();
    const rotated = 'the next secret of the registration';
    writeFileSync(join(secrets, 'current'), testSecret);
    const receiver = await startReceiverProcess({
      DATA_DIR: temporaryDirectory(),
      WEBHOOK_SECRETS_DIR: secrets,
    });
    const { signBody } = await import('../../src/tools/provider/post-webhook.ts');
    const event = '{"eventId":"e","payload":{"messageId":"m"}}';
    const signed = (secret: string) =>
      delivery(event, { 'x-comapi-signature': signBody(Buffer.from(event), secret) });
    expect((await sendRaw(receiver.url, signed(testSecret))).status).toBe(200);
    expect((await sendRaw(receiver.url, signed(rotated))).status).toBe(401);

    writeFileSync(join(secrets, 'previous'), testSecret);
    writeFileSync(join(secrets, 'current'), rotated);
    await expect.poll(async () => (await sendRaw(receiver.url, signed(rotated))).status).toBe(200);
    expect((await sendRaw(receiver.url, signed(testSecret))).status).toBe(200);
    const metrics = await (await fetch(`${receiver.managementUrl}/metrics`)).text();
    expect(metrics).toContain(
      'signature_verifications_total{webhook="default",secret="previous",result="ok"} 1',
    );
  });

  test('starts with the secret that is good, and is loud about the one beside it', async () => {
    const secrets = temporaryDirectory();
    writeFileSync(join(secrets, 'current'), testSecret);
    writeFileSync(join(secrets, 'next'), Buffer.alloc(40));
    const env = { DATA_DIR: temporaryDirectory(), WEBHOOK_SECRETS_DIR: secrets };
    const receiver = await startReceiverProcess(env);
    expect((await sendRaw(receiver.url, delivery('{"eventId":"a"}'))).status).toBe(200);
    const forged = delivery('{"eventId":"a"}', { 'x-comapi-signature': '0'.repeat(40) });
    expect((await sendRaw(receiver.url, forged)).status).toBe(503);
    expect(receiver.stderr()).toMatch(/"next\\" [\s\S]*control character.*secrets cannot be used/);
    const metrics = await (await fetch(`${receiver.managementUrl}/metrics`)).text();
    expect(metrics).toContain('comapi_webhook_secret_usable{webhook="default",secret="next"} 0');
    const check = startCommand(['check'], env);
    expect(await check.exited).toBe(1);
    expect(check.stdout()).toMatch(/"next" .*control character/);

    writeFileSync(join(secrets, 'current'), '');
    const refused = startCommand(['receive'], env);
    expect(await refused.exited).toBe(2);
    expect(refused.stderr()).toMatch(/"current" \(.*\) has 0 characters[\s\S]*"next"/);
  });

  test('says nothing secret: not in the log, the metrics, the pages or the answers', async () => {
    const secrets = temporaryDirectory();
    writeFileSync(join(secrets, 'current'), testSecret);
    const receiver = await startReceiverProcess({
      DATA_DIR: temporaryDirectory(),
      WEBHOOK_SECRETS_DIR: secrets,
      LOG_LEVEL: 'trace',
    });
    const tooShort = 'a planted one';
    writeFileSync(join(secrets, 'next'), tooShort);
    await expect.poll(receiver.stderr).toContain('secrets cannot be used');
    const personal = 'text that a person wrote';
    const bodies = [
      `{"eventId":"e","payload":{"messageId":"m","text":"${personal}"}}`,
      `[{"text":"${personal}"},7]`,
      `not json: ${personal}`,
    ];
    const signatures: string[] = [];
    let output = '';
    for (const body of bodies) {
      const [head = '', bytes = ''] = delivery(body);
      signatures.push(/x-comapi-signature: (\w+)/.exec(String(head))?.[1] ?? 'none');
      const wrong = delivery(body, { 'x-comapi-signature': 'ab'.repeat(20) });
      for (const request of [[head, bytes], wrong]) {
        const answer = await sendRaw(receiver.url, request);
        output += answer.headers + answer.body;
      }
    }
    for (const url of [
      receiver.url,
      `${receiver.url}/webhook`,
      `${receiver.managementUrl}/metrics`,
      `${receiver.managementUrl}/readyz?verbose`,
    ]) {
      output += await (await fetch(url)).text();
    }
    receiver.child.kill('SIGTERM');
    await receiver.exited;
    output += receiver.stderr() + receiver.stdout();
    expect(output).toContain('delivery accepted');
    expect(output).toContain('delivery refused');
    for (const secret of [testSecret, tooShort, personal, 'ab'.repeat(20), ...signatures]) {
      expect(output).not.toContain(secret);
    }
  });
});

describe('comapi-webhook', () => {
  test('refuses a configuration that cannot keep the promise, lists all of it and exits with 2', async () => {
    const command = startCommand(['receive'], {
      WEBHOOK_SECRET: 'short',
      REQUEST_BUDGET_MS: '10000',
      HTTP_PORT: 'x',
    });
    expect(await command.exited).toBe(2);
    expect(command.stdout()).toBe('');
    for (const variable of ['WEBHOOK_SECRET', 'REQUEST_BUDGET_MS', 'HTTP_PORT']) {
      expect(command.stderr()).toContain(`  ${variable}: `);
    }
    expect(command.stderr()).not.toContain('"short"');
  });

  test.each<[readonly string[], number]>([
    [['--help'], 0],
    [['--version'], 0],
    [['receive', '--help'], 0],
    [['send', '--help'], 0],
    [['nonsense'], 2],
    [['send', '--nonsense'], 2],
    [['send', '--url', 'ftp://x', '--secret-file', '/dev/null'], 2],
    [['send', '--batch-size', '501'], 2],
    [['send', '--secret-file', '/does/not/exist'], 2],
    [['send'], 2],
  ])('%j exits with %i', async (args, code) => {
    const command = startCommand(args);
    expect(await command.exited).toBe(code);
    expect(command.stdout() === '').toBe(code !== 0);
    expect(command.stderr() === '').toBe(code === 0);
  });

  test('send says why there was no answer, and exits with 2', async () => {
    const command = startCommand(['send', '--url', 'http://127.0.0.1:1/webhook'], {
      WEBHOOK_SECRET: testSecret,
    });
    expect(await command.exited).toBe(2);
    expect(command.stderr()).toContain('No answer from http://127.0.0.1:1/webhook: ');
  });
});
