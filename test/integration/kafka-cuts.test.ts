import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { createSeededRandom } from '../../src/tools/provider/simulator/seeded-random.ts';
import { type Cut, type CuttingRelay, createCuttingRelay } from '../support/kafka/cutting-relay.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { startTestReceiver, type TestReceiver, testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Of each test; 222 take every step three times. */
const rounds = Number(process.env.KAFKA_CUT_ROUNDS ?? 15);
const seed = Number(process.env.KAFKA_CUT_SEED ?? Math.floor(Math.random() * 1_000_000));
const backWithinMs = 10_000;
const user = { username: 'receiver', password: 'correct horse' };
const random = createSeededRandom(seed);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

const endings = ['end', 'reset'] as const;
const directions = ['request', 'answer'] as const;
/** In the order in which they are sent: ApiVersions, SaslHandshake, SaslAuthenticate, Metadata, DescribeConfigs, Produce. */
const apiKeys = [18, 17, 36, 3, 32, 0];
const steps: readonly Cut[] = endings.flatMap((ending): Cut[] => [
  { at: 'accept', ending },
  ...apiKeys.flatMap((apiKey) =>
    directions.flatMap((direction) =>
      (['before', 'within', 'after'] as const).map(
        (place): Cut => ({ at: 'frame', ending, apiKey, direction, place }),
      ),
    ),
  ),
]);

/** A TLS handshake and the login are some 6,000 bytes of the broker's and 2,000 of the client's. */
function pickByte(): Cut {
  const direction = pick(directions);
  const byte = Math.floor(random() * (direction === 'answer' ? 8_000 : 3_000));
  return { at: 'byte', ending: pick(endings), direction, byte };
}

describe(`a receiver whose connections to Kafka are cut (KAFKA_CUT_SEED=${seed})`, () => {
  let cluster: KafkaCluster;
  const relays = new Map<'SASL' | 'SASL_TLS', CuttingRelay>();
  async function relay(name: 'SASL' | 'SASL_TLS', port: number): Promise<string> {
    const started = await createCuttingRelay(port);
    relays.set(name, started);
    return started.address;
  }

  beforeAll(async () => {
    cluster = await startKafkaCluster({
      nodes: 1,
      tls: true,
      sasl: user,
      advertiseAs: {
        SASL: ({ port }) => relay('SASL', port),
        SASL_TLS: ({ port }) => relay('SASL_TLS', port),
      },
    });
  });
  afterAll(async () => {
    for (const each of relays.values()) {
      each.close();
    }
    await cluster?.stop();
  });

  async function deliver(receiver: TestReceiver): Promise<string | undefined> {
    const eventId = randomUUID();
    const body = Buffer.from(JSON.stringify({ eventId, name: 'message.sent', payload: { id: eventId } }));
    const headers = { 'x-comapi-signature': signBody(body, testSecret) };
    const answer = await fetch(`${receiver.url}/webhook`, { method: 'POST', body, headers });
    return answer.status === 200 ? eventId : undefined;
  }

  async function run(listener: 'SASL' | 'SASL_TLS', toCut: (round: number) => Cut): Promise<void> {
    const topic = `cuts-${randomUUID()}`;
    await createTopic(cluster.internalBootstrap, topic, { partitions: 3 });
    await createTopic(cluster.internalBootstrap, `${topic}.dead-letter`);
    const through = relays.get(listener) as CuttingRelay;
    const receiver = await startTestReceiver({
      env: {
        KAFKA_BROKERS: through.address,
        KAFKA_TOPIC: topic,
        KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead-letter`,
        KAFKA_SASL_MECHANISM: 'scram-sha-256',
        ALLOW_PLAINTEXT: String(listener === 'SASL'),
        KAFKA_SASL_USERNAME: user.username,
        KAFKA_SASL_PASSWORD: user.password,
        ...(listener === 'SASL_TLS' && {
          KAFKA_TLS: 'true',
          STORE_TLS_CA_FILE: cluster.certificates?.caFile ?? '',
        }),
        LOG_LEVEL: 'info',
      },
    });
    await waitUntil(receiver.ready, { timeoutMs: 20_000, what: 'the receiver is ready' });
    const acknowledged: string[] = [];
    let cuts = 0;
    let slowestMs = 0;
    for (let round = 0; round < rounds; round += 1) {
      const cut = toCut(round);
      const times = 1 + Math.floor(random() * 3);
      through.arm(cut, times);
      const startedAt = performance.now();
      await waitUntil(
        async () => {
          const eventId = await deliver(receiver);
          acknowledged.push(...(eventId === undefined ? [] : [eventId]));
          return (
            eventId !== undefined &&
            (await receiver.metric('comapi_webhook_sink_unavailable_since_timestamp_seconds')) === 0
          );
        },
        {
          timeoutMs: backWithinMs,
          what: `200, and a store that is up, after round ${round}, ${JSON.stringify(cut)}, ${times} times: ${await receiver.readiness()}`,
          pollMs: 20,
        },
      );
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      cuts += times - through.disarm();
    }
    const stored = await readTopic({ bootstrap: cluster.internalBootstrap, topic });
    const storedIds = new Set(stored.map(({ headers }) => headers.ce_id));
    expect(acknowledged.filter((eventId) => !storedIds.has(eventId))).toEqual([]);
    // The others wait for a request that was not due, such as DescribeConfigs.
    expect(cuts).toBeGreaterThan(rounds / 3);
    report(
      `${listener}: ${rounds} rounds, ${cuts} cuts, ${acknowledged.length} acknowledged, slowest ${Math.round(slowestMs)} ms`,
    );

    // Closing, while a connection is opened that is cut.
    through.arm(toCut(0), 3);
    const stoppedAt = performance.now();
    await receiver.stop();
    expect(performance.now() - stoppedAt).toBeLessThan(backWithinMs);
    through.disarm();
  }

  const timeoutMs = rounds * 3_000 + 60_000;
  test(
    'at each step of opening and of use is back within ten seconds, and has lost nothing',
    { timeout: timeoutMs },
    () =>
      run('SASL', (round) => (rounds < steps.length ? pick(steps) : (steps[round % steps.length] as Cut))),
  );

  test('at any byte of TLS is back within ten seconds, and has lost nothing', { timeout: timeoutMs }, () =>
    run('SASL_TLS', pickByte),
  );
});

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
