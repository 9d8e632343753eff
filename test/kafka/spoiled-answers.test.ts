import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TopicNames } from '../../src/config/topic-names.ts';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { freePorts } from '../support/free-ports.ts';
import { delivery } from '../support/http-text.ts';
import { createFaultProxy, type FaultProxy } from '../support/kafka/fault-proxy.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { type Spoil, spoils } from '../support/kafka/spoiled-answers.ts';
import { sendRaw } from '../support/raw-request.ts';
import { type CommandProcess, startCommand } from '../support/receiver-process.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

const spoiledMs = 1_000;
const back = { timeoutMs: 10_000, pollMs: 100 };
/**
 * A partially received response causes the same timeout as a missing response: 10 s plus the time for which Kafka may
 * wait.
 */
const filterBack = { ...back, timeoutMs: 15_000 };
/**
 * Corruptions that are applied one after the other. When the next one begins, the process may be in the middle of any
 * operation.
 */
const names = Object.keys(spoils);

describe('a broker whose answers are spoiled', () => {
  let cluster: KafkaCluster;
  let proxy: FaultProxy;

  beforeAll(async () => {
    cluster = await startKafkaCluster({
      nodes: 1,
      async advertise({ port }) {
        proxy = await createFaultProxy({ brokerPort: port, random: () => 0 });
        return proxy.address;
      },
    });
    await cluster.whenReady();
  });

  afterAll(async () => {
    await cluster?.stop();
    await proxy?.close();
  });

  /**
   * Corrupts all responses for a while, with one kind of corruption after the other. The first period is while the
   * process starts, and all later periods are while it runs.
   */
  async function tryAll(
    command: CommandProcess,
    serves: () => Promise<boolean>,
    within: typeof back,
  ): Promise<void> {
    const spoilNext = async (spoil: Spoil) => {
      proxy.spoilAnswers(({ frame }) => spoil(frame));
      // In the first half of the period, every response is corrupted, including the first ones on new connections. In
      // the second half, only later responses are corrupted.
      await delay(spoiledMs / 2);
      proxy.spoilAnswers(({ apiKey, frame }) => (greetings.has(apiKey) ? undefined : spoil(frame)));
      await delay(spoiledMs / 2);
      await proxy.pass();
    };
    for (const name of names) {
      await spoilNext(spoils[name] as Spoil);
      await waitUntil(serves, {
        ...within,
        what: `it serves again after ${name}\n${command.stderr().slice(-3_000)}`,
      });
      expect(command.child.exitCode, name).toBeNull();
    }
  }

  function managementOf(port: number | undefined) {
    const base = `http://127.0.0.1:${port}`;
    return {
      isReady: () => fetch(`${base}/readyz`).then(({ ok }) => ok),
      async residentMib() {
        const text = await (await fetch(`${base}/metrics`)).text();
        return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]) / 2 ** 20;
      },
    };
  }

  function spoilTheStart(): void {
    proxy.spoilAnswers(({ frame }) => (spoils['a length of 3'] as Spoil)(frame));
  }

  test('does not end the receiver, which takes deliveries again within 10 s', async () => {
    const topics = await createFilterTopics(cluster.internalBootstrap, { partitions: 3 });
    const [port, management] = await freePorts(2);
    spoilTheStart();
    const command = startCommand(['receive'], {
      ...{ HTTP_HOST: '127.0.0.1', HTTP_PORT: String(port), MANAGEMENT_PORT: String(management) },
      ...{ KAFKA_BROKERS: cluster.bootstrap, WEBHOOK_SECRET: testSecret, DATA_DIR: temporaryDirectory() },
      ...{ KAFKA_TOPIC: topics.events, KAFKA_DEAD_LETTER_TOPIC: topics.deadLetter },
      LOG_LEVEL: 'warn',
    });
    const { isReady, residentMib } = managementOf(management);
    await waitUntil(() => fetch(`http://127.0.0.1:${management}/livez`).then(({ ok }) => ok), {
      ...{ timeoutMs: 20_000, what: 'it is alive' },
    });
    await delay(spoiledMs);
    await proxy.pass();
    await waitUntil(isReady, {
      ...back,
      what: `it is ready after its start\n${command.stderr().slice(-3_000)}`,
    });

    let sent = 0;
    const post = () => {
      sent += 1;
      const body = `{"eventId":"e-${sent}","name":"message.sent","payload":{"messageId":"m-${sent}"},"revision":1}`;
      return sendRaw(`http://127.0.0.1:${port}`, delivery(body));
    };
    const stopped = new AbortController();
    const traffic = (async () => {
      while (!stopped.signal.aborted) {
        await post().catch(() => undefined);
        await delay(50);
      }
    })();
    await tryAll(command, async () => (await isReady()) && (await post()).status === 200, back);
    stopped.abort();
    await traffic;
    expect(await residentMib()).toBeLessThan(400);
  });

  test('does not end the filter, which filters again within 15 s', async () => {
    const topics = await createFilterTopics(cluster.internalBootstrap, { partitions: 3 });
    const [management] = await freePorts(1);
    spoilTheStart();
    const command = startCommand(['filter'], {
      ...toFilterEnv(cluster.bootstrap, topics),
      ...{ MANAGEMENT_PORT: String(management), LOG_LEVEL: 'warn' },
    });
    const { isReady, residentMib } = managementOf(management);
    await delay(spoiledMs * 2);
    await proxy.pass();
    await waitUntil(isReady, { timeoutMs: 30_000, what: 'it is ready after its start' });

    const filtersNext = await createFilterProbe(management, topics);
    await tryAll(command, async () => (await isReady()) && (await filtersNext()), filterBack);
    expect(await residentMib()).toBeLessThan(400);
  });

  /** Sends an event directly to the broker, and waits until the filter has processed it. */
  async function createFilterProbe(management: number | undefined, topics: TopicNames) {
    const send = await connectTestProducer(cluster.internalBootstrap);
    let revision = 0n;
    const forwarded = async () => {
      const text = await (await fetch(`http://127.0.0.1:${management}/metrics`)).text();
      const lines = text
        .split('\n')
        .filter((line) => /^comapi_webhook_filter_records_total\{.*forwarded/.test(line));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    };
    return async () => {
      revision += 1n;
      const before = await forwarded();
      await send(topics.events, [toEventMessage({ entity: 'entity', revision }, 3)]);
      await delay(200);
      return (await forwarded()) > before;
    };
  }
});

/** API keys of the requests that open a connection: ApiVersions and the steps of a login. */
const greetings = new Set([17, 18, 36]);
