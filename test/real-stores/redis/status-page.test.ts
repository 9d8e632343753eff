import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReceiverReport } from '../../../src/observe/status/status-report.ts';
import { postWebhook } from '../../../src/tools/provider/post-webhook.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';
import { checkStatus } from '../../support/status-contract.ts';
import { startTestReceiver, testSecret } from '../../support/test-receiver.ts';

let server: RedisServer;

beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());

test('the status says what the server may lose, that it is away, and that it is back', async () => {
  const receiver = await startTestReceiver({
    env: { REDIS_URL: server.url, ALLOW_PLAINTEXT: 'true' },
  });
  const post = async (secret: string) => {
    const body = Buffer.from('{"eventId":"e-1","name":"message.sent","payload":{"id":"m-1"},"revision":1}');
    const answer = await postWebhook({
      ...{
        url: new URL(`${receiver.url}/webhook`),
        body,
        secret,
        timeoutMs: 30_000,
      },
    });
    return answer.status;
  };
  const report = async () => {
    const status = (await (await fetch(`${receiver.managementUrl}/status.json`)).json()) as ReceiverReport;
    expect(checkStatus(status)).toEqual([]);
    return status;
  };
  await expect.poll(receiver.ready).toBe(true);
  expect([await post(testSecret), await post('another')]).toEqual([200, 401]);
  await expect.poll(async () => (await report()).store.topics[0]?.verdict).toBe('warning');
  const well = await report();
  expect(well.store).toMatchObject({ kind: 'redis', up: true });
  expect(well.store.topics[0]?.findings.join()).toContain('it has no replica');
  expect(well.registrations).toMatchObject([{ secrets: [{ verified: 1 }] }]);
  // A signature is examined after its answer.
  await expect
    .poll(async () => (await report()).refusals)
    .toMatchObject([{ reason: 'bad_signature', status: 401, count: 1 }]);

  await server.kill9();
  await expect.poll(() => post(testSecret)).toBe(503);
  await expect.poll(async () => (await report()).store.up).toBe(false);
  const away = await report();
  expect(away).toMatchObject({
    headline: { text: 'Deliveries are refused' },
    ready: true,
    refused: { since: expect.any(String) },
    store: { detail: expect.any(String) },
  });
  expect(away.refusals.map(({ status }) => status)).toContain(503);

  await server.start();
  await expect.poll(() => post(testSecret)).toBe(200);
  // A report is made at most once a second.
  await expect.poll(async () => (await report()).store.up).toBe(true);
  const back = await report();
  expect(back).toMatchObject({ ready: true, store: { up: true } });
  expect(back.registrations[0]?.refused?.isOver).toBe(true);
});
