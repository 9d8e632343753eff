import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { postWebhook } from '../../../src/tools/provider/post-webhook.ts';
import { startCuttingRelay } from '../../support/redis/cutting-relay.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { startTestReceiver, testSecret } from '../../support/test-receiver.ts';
import { waitUntil } from '../../support/wait-until.ts';

const rounds = Number(process.env.REDIS_CUT_ROUNDS ?? 20);
const seed = Number(process.env.REDIS_CUT_SEED ?? 1);
const healedWithinMs = 10_000;
const password = 'only-for-this-test';

test(
  `${rounds} times connections are cut at random bytes; deliveries are stored each time, and the receiver says so`,
  async () => {
    const server = await startRedisServer({ password });
    onTestFinished(() => server.stop());
    const relay = await startCuttingRelay(server.port);
    onTestFinished(() => relay.close());
    const receiver = await startTestReceiver({
      env: {
        REDIS_URL: `redis://:${password}@127.0.0.1:${relay.port}/1`,
        ALLOW_PLAINTEXT: 'true',
      },
    });
    const random = createRandom(seed);
    const acknowledged: string[] = [];

    async function deliver(): Promise<boolean> {
      const eventId = randomUUID();
      const body = JSON.stringify({
        eventId,
        name: 'message.delivered',
        revision: 1,
        payload: { messageId: `m${random(8)}` },
      });
      const answer = await postWebhook({
        url: new URL(`${receiver.url}/webhook`),
        body: Buffer.from(body),
        secret: testSecret,
        timeoutMs: 30_000,
      });
      if (answer.status === 200) {
        acknowledged.push(eventId);
      }
      return answer.status === 200;
    }

    await waitUntil(deliver, { timeoutMs: healedWithinMs, what: 'the first delivery is stored' });
    for (let round = 0; round < rounds; round += 1) {
      const before = relay.cuts();
      const attempts: Promise<boolean>[] = [];
      let underWay = 0;
      // Of three cuts one is in the login or the examination, one in the long answer of INFO, one behind it.
      relay.chooseBytes = () => random([120, 9_000, 14_000][random(3)] ?? 0);
      relay.cutAll();
      await waitUntil(
        () => {
          if (underWay < 4) {
            underWay += 1;
            attempts.push(deliver().finally(() => (underWay -= 1)));
          }
          return relay.cuts() >= before + 3;
        },
        { timeoutMs: 30_000, what: `round ${round}: connections are cut`, pollMs: 20 },
      );
      relay.chooseBytes = undefined;
      await waitUntil(deliver, {
        timeoutMs: healedWithinMs,
        what: `round ${round}: deliveries are stored`,
        pollMs: 20,
      });
      await waitUntil(
        async () => (await receiver.metric('comapi_webhook_sink_unavailable_since_timestamp_seconds')) === 0,
        {
          timeoutMs: healedWithinMs,
          what: `round ${round}: it says so`,
          pollMs: 20,
        },
      );
      await Promise.all(attempts);
    }
    await receiver.stop();

    const probe = await server.connect();
    await probe.call('SELECT', '1');
    const stored = new Set(
      (await readStoredRecords(probe, 'comapi.events')).map(({ headers }) => headers.ce_id),
    );
    probe.close();
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(rounds);
  },
  60_000 + rounds * 2 * healedWithinMs,
);

/** Whole numbers below a bound, the same ones for the same seed. */
function createRandom(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
