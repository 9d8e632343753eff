import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { TopicNames } from '../../src/config/topic-names.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenReady } from '../support/filter/test-filter.ts';
import type { Broker } from '../support/kafka/broker-process.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { startListeningProcess } from '../support/receiver-process.ts';
import { launchCommand, runCommand } from '../support/run-command.ts';
import { waitUntil } from '../support/wait-until.ts';

/** A name that no resolver knows (RFC 6761). */
const advertised = 'kafka.invalid:9092';

const told = [advertised, 'the brokers advertise this address', 'advertised.listeners'];

describe('brokers that advertise an address that leads nowhere', () => {
  let cluster: KafkaCluster;
  let topics: TopicNames;
  let env: Record<string, string>;
  beforeAll(async () => {
    cluster = await startKafkaCluster({ nodes: 1, advertise: () => advertised });
    topics = await createFilterTopics(cluster.internalBootstrap, { partitions: 2 });
    env = {
      ...toFilterEnv(`127.0.0.1:${cluster.brokers[0]?.port}`, topics),
      WEBHOOK_SECRET: 'a-secret-of-the-provider',
    };
  });
  afterAll(() => cluster?.stop());

  function expectTold(text: string): void {
    for (const words of told) {
      expect(text).toContain(words);
    }
    expect(text).not.toContain('check KAFKA_BROKERS');
  }

  test('check finds it, and says what to set', async () => {
    const { code, stdout } = await runCommand(['check'], { ...env, LOG_LEVEL: 'error' });
    const failed = stdout.split('\n').filter((line) => line.startsWith('ERROR'));
    expect(failed).toHaveLength(1);
    expectTold(failed.join());
    expect(code).toBe(1);
  });

  test('a command says it', async () => {
    const { code, stderr } = await runCommand(['tail', '--no-follow'], { ...env, LOG_LEVEL: 'error' });
    expectTold(stderr);
    expect(code).toBe(2);
    const following = launchCommand(['tail'], { ...env, LOG_LEVEL: 'error' });
    await waitUntil(() => following.stderr().includes(advertised), { timeoutMs: 20_000, what: 'it is said' });
    following.interrupt();
    expectTold((await following.ended).stderr);
  });

  test('receiver and filter say it, and serve once the brokers advertise what can be reached', async () => {
    const receiver = await startListeningProcess(env);
    const filter = await startTestFilter(env);
    const readyText = async (url: string) => (await fetch(`${url}/readyz?verbose`)).text();
    const places: readonly (readonly [string, () => Promise<string> | string])[] = [
      ['log of the receiver', receiver.stderr],
      ['readiness of the receiver', () => readyText(receiver.managementUrl)],
      ['log of the filter', filter.log.text],
      ['readiness of the filter', () => readyText(filter.managementUrl)],
    ];
    for (const [where, read] of places) {
      await waitUntil(async () => (await read()).includes('advertised.listeners'), {
        timeoutMs: 30_000,
        what: `it stands in the ${where}`,
        pollMs: 200,
      });
      expectTold(await read());
    }

    const [broker] = cluster.brokers as [Broker];
    const file = join(dirname(broker.logFile), 'server.properties');
    const properties = await readFile(file, 'utf8');
    await writeFile(file, properties.replace(advertised, `127.0.0.1:${broker.port}`));
    await broker.stop();
    broker.start();
    await cluster.whenReady();
    await waitUntil(async () => (await fetch(`${receiver.managementUrl}/readyz`)).ok, {
      timeoutMs: 20_000,
      what: 'the receiver is ready',
      pollMs: 200,
    });
    await whenReady(filter);
    const { code, stdout } = await runCommand(['check'], { ...env, LOG_LEVEL: 'error' });
    expect([code, stdout]).toEqual([0, expect.stringContaining('answers with 1 broker')]);
  });
});

test('check finds an address at which another cluster answers', async () => {
  const other = await kafkaBrokers();
  const cluster = await startKafkaCluster({ nodes: 1, advertise: () => other });
  onTestFinished(() => cluster.stop());
  const { code, stdout } = await runCommand(['check'], {
    WEBHOOK_SECRET: 'a-secret-of-the-provider',
    KAFKA_BROKERS: `127.0.0.1:${cluster.brokers[0]?.port}`,
    LOG_LEVEL: 'error',
  });
  expect(stdout).toMatch(
    new RegExp(
      `^ERROR +store +Kafka broker 1 at ${other}: a broker of another cluster .*advertised.listeners`,
      'm',
    ),
  );
  expect(code).toBe(1);
});
