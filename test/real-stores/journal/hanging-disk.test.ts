import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createHangingDirectory } from '../../support/disk/hanging-directory.ts';
import { delivery } from '../../support/http-text.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { type ReceiverProcess, startListeningProcess } from '../../support/receiver-process.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

/** Timeout of the provider, within which each delivery must get a response. */
const providerMs = 10_000;

const post = async ({ url }: ReceiverProcess, id: string) =>
  (await sendRaw(url, delivery(`{"eventId":"${id}","payload":{"messageId":"m"}}`))).status;
const livez = async ({ managementUrl }: ReceiverProcess) =>
  (await fetch(`${managementUrl}/livez`, { signal: AbortSignal.timeout(providerMs) })).status;

test('while the disk of its journal hangs a receiver returns 503 in time, and it stores again by itself', async () => {
  const room = temporaryDirectory();
  const dataDir = join(room, 'data');
  mkdirSync(dataDir);
  const directory = await createHangingDirectory(dataDir, room);
  const env = {
    DATA_DIR: dataDir,
    WEBHOOK_SECRET: testSecret,
    REQUEST_BUDGET_MS: '3000',
  };
  const receiver = await startListeningProcess(env, undefined, directory.wrapper);
  await expect.poll(() => post(receiver, 'before')).toBe(200);

  directory.hang();
  const before = performance.now();
  const answers = Array.from({ length: 10 }, (_, n) => post(receiver, `hanging-${n}`));
  expect(await livez(receiver)).toBe(200);
  expect(new Set(await Promise.all(answers))).toEqual(new Set([503]));
  expect(performance.now() - before).toBeLessThan(providerMs);

  directory.goOn();
  await expect.poll(() => post(receiver, 'after')).toBe(200);
});

test('a directory of secrets that hangs holds up nothing, and what was changed in it meanwhile is taken up', async () => {
  const room = temporaryDirectory();
  const secrets = join(room, 'secrets');
  mkdirSync(secrets);
  writeFileSync(join(secrets, 'current'), testSecret);
  const directory = await createHangingDirectory(secrets, room);
  const env = { DATA_DIR: join(room, 'data'), WEBHOOK_SECRETS_DIR: secrets };
  const receiver = await startListeningProcess(env, undefined, directory.wrapper);
  await expect.poll(() => post(receiver, 'before')).toBe(200);

  directory.hang();
  writeFileSync(join(secrets, 'next'), 'another secret of enough characters');
  for (let n = 0; n < 12; n += 1) {
    expect([await livez(receiver), await post(receiver, `hanging-${n}`)]).toEqual([200, 200]);
    // All pauses together are longer than the interval between two reads of the secret.
    await delay(300);
  }
  expect(receiver.stderr()).not.toContain('secrets_changed');
  directory.goOn();
  await expect.poll(() => receiver.stderr()).toContain('secrets_changed');
  expect(await post(receiver, 'after')).toBe(200);
});
