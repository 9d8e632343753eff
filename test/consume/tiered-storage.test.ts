import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { appendRecords, keysOf, toEventRecord } from '../support/append-records.ts';
import type { Broker } from '../support/kafka/broker-process.ts';
import { fetchKafka } from '../support/kafka/fetch-kafka.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

const run = promisify(execFile);
const plugin = join(import.meta.dirname, 'SlowStorage.java');

/** A Kafka whose segments lie in a store behind it, which is as slow as the test says. */
async function startTieredKafka() {
  const store = temporaryDirectory();
  const classes = join(temporaryDirectory(), 'classes');
  mkdirSync(classes);
  const { libs } = await fetchKafka();
  await run('javac', ['--release', '17', '-cp', `${libs}/*`, '-d', classes, plugin]);
  const cluster = await startKafkaCluster({
    nodes: 1,
    brokerConfig: {
      'remote.log.storage.system.enable': 'true',
      'remote.log.storage.manager.class.name': 'SlowStorage',
      'remote.log.storage.manager.class.path': `${classes}/`,
      'rsm.config.directory': store,
      'remote.log.metadata.manager.listener.name': 'INTERNAL',
      'rlmm.config.remote.log.metadata.topic.replication.factor': '1',
      'rlmm.config.remote.log.metadata.topic.num.partitions': '2',
      'remote.log.manager.task.interval.ms': '500',
      'log.retention.check.interval.ms': '500',
      'log.initial.task.delay.ms': '500',
    },
  });
  onTestFinished(() => cluster.stop());
  const [broker] = cluster.brokers as [Broker];
  return {
    cluster,
    /** Reads of a segment take so long: the first one, or each. Kafka waits 500 ms for one. */
    slow: (which: 'first' | 'every', ms: number) =>
      writeFileSync(join(store, `${which}-read-ms`), String(ms)),
    countLocal: (partition: string) =>
      readdirSync(join(dirname(broker.logFile), 'data', partition)).filter((name) => name.endsWith('.log'))
        .length,
  };
}

test('with tiered storage whose first reads are slow everything is read; where every read is too slow, the command fails', async () => {
  const { cluster, slow, countLocal } = await startTieredKafka();
  const { bootstrap } = cluster;
  await createTopic(bootstrap, 'events', {
    configs: { 'remote.storage.enable': 'true', 'segment.bytes': '1048576', 'local.retention.bytes': '1' },
  });
  for (const name of ['events.dead-letter', 'events.latest']) {
    await createTopic(bootstrap, name);
  }
  const env = {
    ...{ KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: 'events', KAFKA_DEAD_LETTER_TOPIC: 'events.dead-letter' },
    MANAGEMENT_PORT: '0',
  };
  const count = 2_000;
  await appendRecords(
    env,
    Array.from({ length: count }, (_, index) =>
      toEventRecord(`m-${index % 50}`, Math.floor(index / 50), 'message.sent', {
        topic: 'events',
        body: 'x'.repeat(2_000),
      }),
    ),
  );
  await waitUntil(async () => countLocal('events-0') === 1, {
    ...{ timeoutMs: 60_000, what: 'all but the last segment are in the store', pollMs: 200 },
  });

  slow('first', 1_300);
  const tail = await runCommand(['tail', '--no-follow'], env);
  expect([tail.code, keysOf(tail.stdout).length]).toEqual([0, count]);

  slow('every', 1_300);
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const passing = setInterval(() => vi.advanceTimersByTime(1_000), 50);
  const found = await runCommand(['find', 'm-1'], env).finally(() => clearInterval(passing));
  vi.useRealTimers();
  expect([found.code, found.stdout, found.stderr]).toEqual([
    2,
    '',
    expect.stringMatching(
      /^error: events\/0 from offset 0 to 2000 could not be read: nothing has come for 60 s\./,
    ),
  ]);
  slow('every', 0);
  expect((await runCommand(['find', 'm-1'], env)).stdout).toMatch(/^m-1 is at .*\n40 events:/);
});
