import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaConnectionConfig, readKafkaConfig } from '../../src/config/kafka-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';
import {
  createKafkaAccess,
  type KafkaAccess,
} from '../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import { deadlineIn } from '../support/deadline-in.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { createRecord, startSinkWith } from '../support/kafka-sink.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Requires a client certificate on the listener that has no other login. */
const mutualTls = { 'listener.name.tls.ssl.client.auth': 'required' };
const user = { username: 'receiver', password: 'a-secret-that-must-not-be-logged' };

describe('the Kafka sink on a secured broker', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kafka-security-'));
  let cluster: KafkaCluster;
  let topic: string;

  beforeAll(async () => {
    cluster = await startKafkaCluster({ nodes: 1, tls: true, sasl: user, brokerConfig: mutualTls });
    await cluster.whenReady();
    topic = `secure-${randomUUID()}`;
    await createTopic(cluster.internalBootstrap, topic);
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(directory, { recursive: true });
  });

  const start = (connection: KafkaAccess) => startSinkWith(connection, topic);

  const ca = (): string => cluster.certificates?.caFile ?? '';
  const login = (mechanism: string): Env => ({
    KAFKA_BROKERS: cluster.saslTlsBootstrap,
    KAFKA_TLS: 'true',
    STORE_TLS_CA_FILE: ca(),
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: user.username,
    KAFKA_SASL_PASSWORD: user.password,
  });
  /** Reads the files of the client certificate as text. */
  function readClientPem(): { readonly ca: string; readonly cert: string; readonly key: string } {
    const { clientCertFile = '', clientKeyFile = '' } = cluster.certificates ?? {};
    const read = (file: string) => readFileSync(file, 'utf8');
    return { ca: read(ca()), cert: read(clientCertFile), key: read(clientKeyFile) };
  }
  const logins: readonly (readonly [name: string, env: () => Env])[] = [
    ['PLAIN', () => login('plain')],
    ['SCRAM-SHA-256', () => login('scram-sha-256')],
    ['SCRAM-SHA-512', () => login('scram-sha-512')],
    [
      'PLAIN, by the name in the certificate',
      () => ({ ...login('plain'), STORE_TLS_SERVER_NAME: 'localhost' }),
    ],
    [
      'mutual TLS from files',
      () => ({
        KAFKA_BROKERS: cluster.tlsBootstrap,
        KAFKA_TLS: 'true',
        STORE_TLS_CA_FILE: ca(),
        STORE_TLS_CERT_FILE: cluster.certificates?.clientCertFile,
        STORE_TLS_KEY_FILE: cluster.certificates?.clientKeyFile,
      }),
    ],
    [
      "mutual TLS by Heroku's variables",
      () => ({
        KAFKA_URL: `kafka+ssl://${cluster.tlsBootstrap}`,
        KAFKA_TRUSTED_CERT: readClientPem().ca,
        KAFKA_CLIENT_CERT: readClientPem().cert,
        KAFKA_CLIENT_CERT_KEY: readClientPem().key,
      }),
    ],
  ];

  it.each(logins)('stores over TLS with %s, and logs no secret', async (_, toEnv) => {
    const problems: ConfigProblem[] = [];
    const config = readKafkaConfig(toEnv(), problems);
    expect(problems).toEqual([]);
    const { sink, started, log } = start(createKafkaAccess(config?.connection as KafkaConnectionConfig));
    await started;
    expect(await sink.append([createRecord(topic, 'a')], deadlineIn(8000))).toEqual([]);
    expect(log.lines.length).toBeGreaterThan(3);
    expect(log.text()).not.toContain(user.password);
    expect(log.text()).not.toContain(Buffer.from(user.password).toString('base64'));
    expect(log.text()).not.toContain('PRIVATE KEY');
  });

  it('says that the password is wrong, and comes up when the file holds the right one', async () => {
    const passwordFile = join(directory, 'password');
    writeFileSync(passwordFile, 'not the password');
    const { sink, started, log } = start({
      brokers: [cluster.saslBootstrap ?? ''],
      sasl: { mechanism: 'scram-sha-512', username: user.username, passwordFile },
    });
    await waitUntil(() => log.text().includes('"authentication"'), {
      timeoutMs: 30_000,
      what: 'it is logged',
    });
    expect(sink.health().up).toBe(false);
    writeFileSync(passwordFile, `${user.password}\n`);
    await started;
    expect(await sink.append([createRecord(topic, 'a')], deadlineIn(8000))).toEqual([]);
    expect(log.text()).not.toContain('not the password');
  });
});
