import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { KafkaOauthConfig } from '../../src/config/kafka-oauth-config.ts';
import { createKafkaAccess } from '../../src/kafka/kafkajs/kafka-access.ts';
import { createKafkaClient } from '../../src/kafka/kafkajs/kafka-client.ts';
import { createKafkaSink } from '../../src/kafka/produce/kafka-sink.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { captureLog } from '../support/captured-log.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { freePorts } from '../support/free-ports.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { startTokenEndpoint } from '../support/kafka/oauth/token-endpoint.ts';
import { createTokenIssuer, type TokenIssuer } from '../support/kafka/oauth/token-issuer.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { createRecord, recordMetrics } from '../support/kafka-sink.ts';
import { waitUntil } from '../support/wait-until.ts';

const sessionMs = 3_000;
const reauthentications = 10;
const secret = 'the-secret-of-the-client';
const user = { username: 'nobody', password: 'uses this login' };

describe('OAUTHBEARER on a broker that checks tokens', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kafka-oauth-'));
  const tokenFile = join(directory, 'token');
  let issuer: TokenIssuer;
  let cluster: KafkaCluster;
  let topic: string;

  beforeAll(async () => {
    issuer = createTokenIssuer(directory);
    const brokerConfig = { ...issuer.brokerConfig, 'connections.max.reauth.ms': String(sessionMs) };
    const { javaOptions } = issuer;
    cluster = await startKafkaCluster({ nodes: 1, sasl: user, brokerConfig, javaOptions });
    topic = `oauth-${randomUUID()}`;
    await createTopic(cluster.internalBootstrap, topic);
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(directory, { recursive: true });
  });

  const toAccess = (oauth: KafkaOauthConfig) =>
    createKafkaAccess({
      brokers: [cluster.saslBootstrap ?? ''],
      clientId: 'oauth',
      sasl: { mechanism: 'oauthbearer', oauth },
    });

  function start(oauth: KafkaOauthConfig, target = topic) {
    const log = captureLog();
    const sink = createKafkaSink({
      config: { connection: toAccess(oauth) },
      topics: [{ topic: target, role: 'events', largestValueBytes: 1000 }],
      logger: log.logger,
      clock: systemClock,
      metrics: recordMetrics(),
    });
    onTestFinished(() => sink.close());
    const started = sink.start();
    started.catch(() => undefined);
    return { sink, started, log };
  }

  const byFile: KafkaOauthConfig = { provider: 'token-file', tokenFile, extensions: {} };
  const byEndpoint = (tokenEndpoint: string): KafkaOauthConfig => ({
    ...{ provider: 'client-credentials', tokenEndpoint, clientId: 'client', clientSecret: secret },
    extensions: { traceId: 'ignored' },
  });

  test('stores with a token from a file, and logs no token', async () => {
    const token = issuer.createToken();
    writeFileSync(tokenFile, `${token}\n`);
    const { sink, started, log } = start(byFile);
    await started;
    expect(await sink.append([createRecord(topic, 'a')], Date.now() + 8_000)).toEqual([]);
    expect(log.lines.length).toBeGreaterThan(3);
    expect(log.text()).not.toContain(token.slice(-40));
  });

  test.each([
    ['for another audience', { audience: 'another' }],
    ['that has expired', { lifeSeconds: -3_600 }],
  ])('says that the broker refuses a token %s, and comes up with a good one', async (_, claims) => {
    const token = issuer.createToken(claims);
    writeFileSync(tokenFile, token);
    const { sink, started, log } = start(byFile);
    const words = 'the broker refused the OAuth token: {"status":"invalid_token"}';
    await waitUntil(
      () => log.lines.some((line) => JSON.stringify(line).includes(JSON.stringify(words).slice(1, -1))),
      {
        timeoutMs: 8_000,
        what: `it is logged\n${log.text().slice(-2_000)}`,
      },
    );
    expect(sink.health()).toMatchObject({ up: false, detail: expect.stringContaining(words) as string });
    expect(log.text()).not.toContain(token.slice(-40));
    writeFileSync(tokenFile, issuer.createToken());
    await started;
    expect(await sink.append([createRecord(topic, 'a')], Date.now() + 8_000)).toEqual([]);
  });

  test('says that the token endpoint is down or refuses, and comes up when it gives a token', async () => {
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}/token`;
    const { sink, started, log } = start(byEndpoint(url));
    const isSaid = (words: string) =>
      waitUntil(() => sink.health().detail.includes(words) && log.text().includes(words), {
        timeoutMs: 8_000,
        what: `it says ${words}, not ${sink.health().detail}`,
      });
    await isSaid(`the token endpoint gives no answer: connect ECONNREFUSED 127.0.0.1:${port}`);
    let isKnown = false;
    const endpoint = await startTokenEndpoint({
      port,
      answer: () =>
        isKnown
          ? { body: { access_token: issuer.createToken(), expires_in: 3600 } }
          : { status: 401, body: { error: 'invalid_client', error_description: 'unknown client' } },
    });
    await isSaid('the token endpoint answered 401, invalid_client: unknown client');
    isKnown = true;
    await started;
    expect(await sink.append([createRecord(topic, 'a')], Date.now() + 8_000)).toEqual([]);
    expect(log.text()).not.toContain(secret);
    expect(endpoint.requests.length).toBeGreaterThan(1);
  });

  test('lets the clients of commands in, with one token for all of their connections', async () => {
    const { url, requests } = await startTokenEndpoint({
      answer: () => ({ body: { access_token: issuer.createToken(), expires_in: 3600 } }),
    });
    const connection = toAccess(byEndpoint(url));
    const clients = [1, 2].map(() =>
      createKafkaClient({ connection, logger: createLogger('silent') }).admin(),
    );
    for (const admin of clients) {
      await admin.connect();
      expect(await admin.listTopics()).toContain(topic);
    }
    // Longer than a session: kafkajs has to log in again.
    await delay(sessionMs + 500);
    for (const admin of clients) {
      expect(await admin.listTopics()).toContain(topic);
      await admin.disconnect();
    }
    expect(requests).toHaveLength(1);
  });

  test('loses nothing that it acknowledged through ten logins on each connection, in receiver and filter', async () => {
    const topics = await createFilterTopics(cluster.internalBootstrap, { partitions: 3 });
    let tokens = 0;
    const { url } = await startTokenEndpoint({
      answer() {
        tokens += 1;
        return { body: { access_token: issuer.createToken({ lifeSeconds: 60 }), expires_in: 10 } };
      },
    });
    const filter = await startTestFilter({
      ...toFilterEnv(cluster.saslBootstrap ?? '', topics),
      KAFKA_SASL_MECHANISM: 'oauthbearer',
      KAFKA_SASL_ALLOW_PLAINTEXT: 'true',
      KAFKA_OAUTH_PROVIDER: 'client-credentials',
      KAFKA_OAUTH_TOKEN_ENDPOINT: url,
      KAFKA_OAUTH_CLIENT_ID: 'client',
      KAFKA_OAUTH_CLIENT_SECRET: secret,
    });
    const { sink, started, log } = start(byEndpoint(url), topics.events);
    await started;
    await whenReady(filter);
    const before = { sink: log.lines.length, filter: filter.log.lines.length };

    const acknowledged: string[] = [];
    const until = Date.now() + (reauthentications + 1) * sessionMs;
    await Promise.all(
      Array.from({ length: 10 }, async (_, sender) => {
        for (let number = 0; Date.now() < until; number += 1) {
          const entity = `${sender}-${number}`;
          const record = createRecord(topics.events, entity);
          const headers = { ...record.headers, ce_id: entity, revision: '1' };
          expect(await sink.append([{ ...record, headers }], Date.now() + 8_000)).toEqual([]);
          acknowledged.push(entity);
          await delay(20);
        }
      }),
    );

    await whenFiltered(filter, acknowledged.length);
    const read = async (name: string) => {
      const records = await readCommitted(
        { bootstrap: cluster.internalBootstrap, topic: name },
        acknowledged.length,
      );
      return new Set(records.map(({ key }) => String(key)));
    };
    expect(await read(topics.events)).toEqual(new Set(acknowledged));
    expect(await read(topics.latest)).toEqual(new Set(acknowledged));
    for (const lines of [log.lines.slice(before.sink), filter.log.lines.slice(before.filter)]) {
      const logins = lines.filter(({ msg }) => String(msg).startsWith('Request SaslAuthenticate'));
      expect(logins.length).toBeGreaterThan(reauthentications);
      // No connection was lost to a session that ended. Another warning is of the topic's one replica.
      const problems = lines.filter(({ level, verdict }) => /warn|error/.test(String(level)) && !verdict);
      expect(problems).toEqual([]);
    }
    expect(tokens).toBeGreaterThan(4);
  }, 120_000);
});
