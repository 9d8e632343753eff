import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { delivery } from '../support/http-text.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startReceiverProcess } from '../support/receiver-process.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

const enter = ['sh', '-c', 'ulimit -n 1024 && exec "$@"', 'limited'];

async function start() {
  const directory = temporaryDirectory();
  const secret = join(directory, 'secrets', 'current');
  mkdirSync(join(directory, 'secrets'));
  writeFileSync(secret, testSecret);
  const env = { WEBHOOK_SECRETS_DIR: join(directory, 'secrets'), DATA_DIR: join(directory, 'data') };
  return { secret, receiver: await startReceiverProcess(env, undefined, enter) };
}

const toDelivery = (id: string) => delivery(`{"eventId":"${id}"}`);
const statusOf = async (url: string, id: string) => (await sendRaw(url, toDelivery(id))).status ?? 0;

describe.runIf(process.platform === 'linux')('with 1,024 files', () => {
  test('when none is free, deliveries on open connections go on until their secret is taken away', async () => {
    const { secret, receiver } = await start();
    const limit = (files: number) =>
      execFileSync('prlimit', ['--pid', `${receiver.child.pid}`, `--nofile=${files}:1024`]);
    const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    async function deliver(id: string): Promise<number> {
      socket.write(Buffer.concat(toDelivery(id).map((part) => Buffer.from(part))));
      return Number(String(await once(socket, 'data')).slice(9, 12));
    }
    const isLogged = (text: string) =>
      waitUntil(() => receiver.stderr().includes(text), { timeoutMs: 20_000, what: `the log says ${text}` });

    expect(await deliver('before')).toBe(200);
    limit(10);
    await isLogged('secrets cannot be read: EMFILE');
    expect(await deliver('without-files')).toBe(200);
    unlinkSync(secret);
    await isLogged('"removed":["current"]');
    expect(await deliver('removed')).toBe(503);

    writeFileSync(secret, testSecret);
    limit(1_024);
    await isLogged('"added":["current"]');
    expect(await deliver('again')).toBe(200);
    expect(await statusOf(receiver.url, 'on-a-new-connection')).toBe(200);
  });
});
