import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { KafkaAccess } from '../../src/kafka/kafkajs/kafka-access.ts';
import { createKafkaClient } from '../../src/kafka/kafkajs/kafka-client.ts';
import { createKafkaSink } from '../../src/kafka/produce/kafka-sink.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { createRecord, recordMetrics } from '../support/kafka-sink.ts';
import { waitUntil } from '../support/wait-until.ts';

const user = { username: 'receiver', password: 'a-secret-that-must-not-be-logged' };

describe('the Kafka sink on a secured broker', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kafka-security-'));
  let cluster: KafkaCluster;
  let topic: string;

  beforeAll(async () => {
    cluster = await startKafkaCluster({ nodes: 1, tls: true, sasl: user });
    await cluster.whenReady();
    topic = `secure-${randomUUID()}`;
    await createTopic(cluster.internalBootstrap, topic);
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(directory, { recursive: true });
  });

  function start(connection: Omit<KafkaAccess, 'clientId'>) {
    const log: string[] = [];
    const sink = createKafkaSink({
      config: { connection: { ...connection, clientId: 'secure' } },
      topics: [{ topic, role: 'events', largestValueBytes: 1000 }],
      logger: createLogger('trace', { write: (line) => log.push(line) }),
      clock: systemClock,
      metrics: recordMetrics(),
    });
    onTestFinished(() => sink.close());
    const started = sink.start();
    started.catch(() => undefined);
    return { sink, started, log };
  }

  const ca = (): string => cluster.certificates?.caFile ?? '';

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'stores over TLS as a user that %s authenticates, and logs no secret',
    async (mechanism) => {
      const { sink, started, log } = start({
        brokers: [cluster.saslTlsBootstrap ?? ''],
        tls: { caFile: ca() },
        sasl: { mechanism, ...user },
      });
      await started;
      expect(await sink.append([createRecord(topic, 'a')], Date.now() + 8000)).toEqual([]);
      expect(log.length).toBeGreaterThan(3);
      expect(log.join('')).not.toContain(user.password);
      expect(log.join('')).not.toContain(Buffer.from(user.password).toString('base64'));
    },
  );

  it('says that the certificate is not trusted, and is not up', async () => {
    const { sink, log } = start({ brokers: [cluster.tlsBootstrap ?? ''], tls: {} });
    await waitUntil(() => log.join('').includes('certificate'), { timeoutMs: 8000, what: 'it is logged' });
    expect(sink.health().up).toBe(false);
  });

  it('says that the password is wrong, and comes up when the file holds the right one', async () => {
    const passwordFile = join(directory, 'password');
    writeFileSync(passwordFile, 'not the password');
    const { sink, started, log } = start({
      brokers: [cluster.saslBootstrap ?? ''],
      sasl: { mechanism: 'scram-sha-512', username: user.username, passwordFile },
    });
    await waitUntil(() => log.join('').includes('"authentication"'), {
      timeoutMs: 8000,
      what: 'it is logged',
    });
    expect(sink.health().up).toBe(false);
    writeFileSync(passwordFile, `${user.password}\n`);
    await started;
    expect(await sink.append([createRecord(topic, 'a')], Date.now() + 8000)).toEqual([]);
    expect(log.join('')).not.toContain('not the password');
  });

  it('lets the other clients in the same way', async () => {
    const connection = {
      brokers: [cluster.saslTlsBootstrap ?? ''],
      clientId: 'admin',
      tls: { caFile: ca() },
      sasl: { mechanism: 'scram-sha-256', ...user },
    } as const;
    const admin = createKafkaClient({ connection, logger: createLogger('silent') }).admin();
    await admin.connect();
    expect(await admin.listTopics()).toContain(topic);
    await admin.disconnect();
  });
});
