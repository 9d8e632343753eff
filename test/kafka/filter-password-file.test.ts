import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { SinkError, type SinkRecord } from '../../src/ports/sink.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenReady } from '../support/filter/test-filter.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readCommitted, readTopic } from '../support/kafka/read-topic.ts';
import { createRecord, createTestSink } from '../support/kafka-sink.ts';
import { waitUntil } from '../support/wait-until.ts';

const partitions = 12;
const entities = 60;
const user = { username: 'filter', password: 'correct horse' };

/** One event for each of many entities, so that each partition has some. */
function toEvents(topic: string, revision: number): SinkRecord[] {
  return Array.from({ length: entities }, (_, index) => {
    const record = createRecord(topic, `entity-${index}`);
    return { ...record, headers: { ...record.headers, revision: String(revision) } };
  });
}

test('a filter whose password file is gone for a moment, while a broker dies, goes on by itself', async () => {
  const cluster = await startKafkaCluster({ nodes: 3, sasl: user });
  onTestFinished(() => cluster.stop());
  const directory = mkdtempSync(join(tmpdir(), 'password-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, user.password);
  const topics = await createFilterTopics(cluster.internalBootstrap, { partitions, replicationFactor: 3 });
  const filter = await startTestFilter({
    ...toFilterEnv(cluster.saslBootstrap ?? '', topics),
    KAFKA_SASL_MECHANISM: 'plain',
    ALLOW_PLAINTEXT: 'true',
    KAFKA_SASL_USERNAME: user.username,
    KAFKA_SASL_PASSWORD_FILE: passwordFile,
  });
  await whenReady(filter);
  const { sink } = createTestSink({ bootstrap: cluster.internalBootstrap, topics: [topics.events] });
  onTestFinished(() => sink.close());
  await sink.start();
  const send = (revision: number) =>
    sink.append(toEvents(topics.events, revision), systemClock.now() + 20_000);
  const latest = { bootstrap: cluster.internalBootstrap, topic: topics.latest };
  expect(await send(1)).toEqual([]);
  await readCommitted(latest, entities);

  const [broker] = cluster.brokers;
  renameSync(passwordFile, `${passwordFile}.gone`);
  await broker?.kill9();
  await delay(4_000);
  expect(filter.log.text()).toContain('ENOENT');
  broker?.start();
  await cluster.whenReady();
  renameSync(`${passwordFile}.gone`, passwordFile);

  // What is led by that broker is refused until it is reached again; the provider repeats such a delivery.
  async function isTaken(): Promise<boolean> {
    try {
      return (await send(2)).length === 0;
    } catch (error) {
      if (error instanceof SinkError) {
        return false;
      }
      throw error;
    }
  }
  await waitUntil(isTaken, { timeoutMs: 30_000, what: 'the events are taken' });
  await waitUntil(
    async () => {
      const isReady = (await fetch(`${filter.managementUrl}/readyz`)).ok;
      const states = await readTopic({ ...latest, readCommitted: true });
      return isReady && states.filter(({ headers }) => headers.revision === '2').length === entities;
    },
    { timeoutMs: 30_000, what: `ready, and all states written\n${filter.log.text().slice(-4_000)}` },
  );
});
