import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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

  test('finishes what is under load when it is told to stop, and exits with 0', async () => {
    const dataDir = temporaryDirectory();
    const receiver = await startReceiverProcess({
      DATA_DIR: dataDir,
      WEBHOOK_SECRET: testSecret,
      SHUTDOWN_DELAY_MS: '200',
    });
    const acknowledged: string[] = [];
    let stopping = false;
    const senders = Array.from({ length: 8 }, async (_unused, sender) => {
      for (let n = 0; !stopping || n === 0; n += 1) {
        const event = `{"eventId":"e-${sender}-${n}","payload":{"messageId":"m-${sender}"}}`;
        const { status } = await sendRaw(receiver.url, delivery(event));
        expect([200, 503, undefined]).toContain(status);
        if (status === 200) {
          acknowledged.push(event);
        }
        if (acknowledged.length >= 100 && !stopping) {
          receiver.child.kill('SIGTERM');
          stopping = true;
        }
      }
    });
    expect(await receiver.exited).toBe(0);
    await Promise.all(senders);
    expect(acknowledged.length).toBeGreaterThanOrEqual(100);
    const stored = new Set(journalLines(dataDir).map(({ value }) => value));
    expect(acknowledged.filter((event) => !stored.has(event))).toEqual([]);
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
    await expect.poll(receiver.stderr).toContain('secrets are unusable');
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
});
