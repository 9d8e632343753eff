import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TopicNames } from '../../src/config/topic-names.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenReady } from '../support/filter/test-filter.ts';
import type { Broker } from '../support/kafka/broker-process.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { startListeningProcess } from '../support/receiver-process.ts';
import { runCommand } from '../support/run-command.ts';
import { waitUntil } from '../support/wait-until.ts';

/** A host name that never resolves (RFC 6761). */
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
    expect([code, stdout]).toEqual([0, expect.stringContaining('responds and has 1 broker')]);
  });
});
