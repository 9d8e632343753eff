import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postWebhook } from '../../../src/tools/provider/post-webhook.ts';
import { startCuttingRelay } from '../../support/rabbitmq/cutting-relay.ts';
import { declareQueue } from '../../support/rabbitmq/declare-queue.ts';
import {
  type RabbitMqCluster,
  startRabbitMqCluster,
  toUrl,
} from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';
import { startTestReceiver, testSecret } from '../../support/test-receiver.ts';

/** `CUT_ROUNDS=200 npm run test:stores -- test/real-stores/rabbitmq/rabbitmq-cuts.test.ts` is the long form. */
const rounds = Number(process.env.CUT_ROUNDS ?? 16);
const atOnce = 8;
const troubleMs = 1_000;

let cluster: RabbitMqCluster;

beforeAll(async () => {
  cluster = await startRabbitMqCluster({ nodes: 1, configuration: ['cluster_name = cuts'] });
});

afterAll(() => cluster?.stop());

/** @returns how long after the relay has healed the receiver took a delivery, and said that its store does */
async function runRound(queue: string, acknowledged: Set<string>): Promise<number> {
  const relay = await startCuttingRelay(cluster.nodes[0]?.port ?? 0);
  const receiver = await startTestReceiver({
    env: {
      ...{ RABBITMQ_URL: toUrl(relay.port), RABBITMQ_QUEUE: queue },
      WEBHOOK_SECRET: testSecret,
    },
  });
  async function deliver(): Promise<number | undefined> {
    const eventId = randomUUID();
    const { status } = await postWebhook({
      ...{ url: new URL(`${receiver.url}/webhook`), secret: testSecret, timeoutMs: 10_000 },
      ...{ body: Buffer.from(JSON.stringify({ eventId, name: 'message.sent', payload: { id: eventId } })) },
    });
    if (status === 200) {
      acknowledged.add(eventId);
    }
    return status;
  }
  try {
    const healAt = performance.now() + troubleMs;
    while (performance.now() < healAt) {
      await Promise.race([deliver(), delay(50)]);
    }
    expect(relay.cuts).toBeGreaterThan(2);
    relay.heal();
    const healedAt = performance.now();
    await expect
      .poll(
        async () => [
          await deliver(),
          await receiver.metric('comapi_webhook_sink_unavailable_since_timestamp_seconds'),
        ],
        {
          timeout: 10_000,
          interval: 20,
        },
      )
      .toEqual([200, 0]);
    return performance.now() - healedAt;
  } finally {
    await receiver.stop();
    relay.close();
  }
}

test(`a receiver whose every connection was cut serves again within 10 s, ${rounds} times`, async () => {
  const queue = `cuts-${randomUUID()}`;
  await declareQueue(cluster.url, queue);
  await declareQueue(cluster.url, `${queue}.dead-letter`);
  const acknowledged = new Set<string>();
  const times: number[] = [];
  let left = rounds;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (; left > 0; ) {
        left -= 1;
        times.push(await runRound(queue, acknowledged));
      }
    }),
  );
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(times[Math.floor((times.length - 1) * share)] ?? 0);
  process.stderr.write(
    `${times.length} rounds, ${acknowledged.size} acknowledged; back after ${at(0.5)} ms (median), ${at(0.99)} ms (99 %), ${at(1)} ms (slowest)\n`,
  );
  expect(times).toHaveLength(rounds);
  const stored = new Set(
    (await drainQueue(cluster.url, queue)).map(
      ({ content }) => (JSON.parse(content.toString()) as { readonly eventId: string }).eventId,
    ),
  );
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
});
