import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaOauthConfig } from '../../src/config/kafka-oauth-config.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { withKafkaClient } from '../../src/stores/kafka/cluster/client/kafka-client.ts';
import { deadlineIn } from '../support/deadline-in.ts';
import { freePorts } from '../support/free-ports.ts';
import {
  clientSecret,
  type OauthCluster,
  startOauthCluster,
  toClientCredentials,
  toClientCredentialsEnv,
} from '../support/kafka/oauth/oauth-cluster.ts';
import { startTokenEndpoint } from '../support/kafka/oauth/token-endpoint.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { createRecord } from '../support/kafka-sink.ts';
import { runCommand } from '../support/run-command.ts';
import { waitUntil } from '../support/wait-until.ts';

const sessionMs = 3_000;

describe('OAUTHBEARER on a broker that checks tokens', () => {
  let cluster: OauthCluster;
  let topic: string;

  beforeAll(async () => {
    cluster = await startOauthCluster(sessionMs);
    topic = `oauth-${randomUUID()}`;
    await createTopic(cluster.internalBootstrap, topic);
  });
  afterAll(() => cluster?.stop());

  const byFile = (): KafkaOauthConfig => ({
    ...{ provider: 'token-file', tokenFile: cluster.tokenFile },
    extensions: {},
  });
  const startEndpoint = () =>
    startTokenEndpoint({
      answer: () => ({ body: { access_token: cluster.issuer.createToken(), expires_in: 3600 } }),
    });

  test('stores with a token from a file, and logs no token', async () => {
    const token = cluster.issuer.createToken();
    writeFileSync(cluster.tokenFile, `${token}\n`);
    const { sink, started, log } = cluster.startSink(byFile(), topic);
    await started;
    expect(await sink.append([createRecord(topic, 'a')], deadlineIn(8_000))).toEqual([]);
    expect(log.lines.length).toBeGreaterThan(3);
    expect(log.text()).not.toContain(token.slice(-40));
  });

  test.each([
    ['for another audience', { audience: 'another' }],
    ['that has expired', { lifeSeconds: -3_600 }],
  ])('says that the broker refuses a token %s, and comes up with a good one', async (_, claims) => {
    const token = cluster.issuer.createToken(claims);
    writeFileSync(cluster.tokenFile, token);
    const { sink, started, log } = cluster.startSink(byFile(), topic);
    const words = 'the broker refused the OAuth token: {"status":"invalid_token"}';
    const escaped = JSON.stringify(words).slice(1, -1);
    await waitUntil(() => log.text().includes(escaped), { timeoutMs: 30_000, what: 'it is logged' });
    expect(sink.health()).toMatchObject({ up: false, detail: expect.stringContaining(words) as string });
    expect(log.text()).not.toContain(token.slice(-40));
    writeFileSync(cluster.tokenFile, cluster.issuer.createToken());
    await started;
    expect(await sink.append([createRecord(topic, 'a')], deadlineIn(8_000))).toEqual([]);
  });

  test('says that the token endpoint is down or refuses, and comes up when it gives a token', async () => {
    const [port = 0] = await freePorts(1);
    const { sink, started, log } = cluster.startSink(
      toClientCredentials(`http://127.0.0.1:${port}/token`),
      topic,
    );
    const isSaid = (words: string) =>
      waitUntil(() => sink.health().detail.includes(words) && log.text().includes(words), {
        timeoutMs: 30_000,
        what: `it says ${words}, not ${sink.health().detail}`,
      });
    await isSaid(`the token endpoint gives no answer: connect ECONNREFUSED 127.0.0.1:${port}`);
    let isKnown = false;
    const endpoint = await startTokenEndpoint({
      port,
      answer: () =>
        isKnown
          ? { body: { access_token: cluster.issuer.createToken(), expires_in: 3600 } }
          : { status: 401, body: { error: 'invalid_client', error_description: 'unknown client' } },
    });
    await isSaid('the token endpoint answered 401, invalid_client: unknown client');
    isKnown = true;
    await started;
    expect(await sink.append([createRecord(topic, 'a')], deadlineIn(8_000))).toEqual([]);
    expect(log.text()).not.toContain(clientSecret);
    expect(endpoint.requests.length).toBeGreaterThan(1);
  });

  test('drops a token that the broker refuses, however long it would live, and stores with the next one', async () => {
    let audience = 'another';
    const endpoint = await startTokenEndpoint({
      answer: () => ({
        body: { access_token: cluster.issuer.createToken({ audience }), expires_in: 3600 },
      }),
    });
    const { sink, started } = cluster.startSink(toClientCredentials(endpoint.url), topic);
    await waitUntil(() => sink.health().detail.includes('the broker refused the OAuth token'), {
      timeoutMs: 30_000,
      what: 'the refusal is said',
    });
    audience = 'kafka';
    await started;
    expect(await sink.append([createRecord(topic, 'a')], systemClock.now() + 8_000)).toEqual([]);
    expect(endpoint.requests.length).toBeLessThan(5);
  });

  test('lets several clients of commands in with one token, through more than one session', async () => {
    const { url, requests } = await startEndpoint();
    const connection = cluster.toAccess(toClientCredentials(url));
    const deps = { connection, logger: createLogger('silent') };
    const useTwice = () =>
      withKafkaClient(deps, [topic], async ({ reader }) => {
        expect(await reader.endOf({ topic, partition: 0 })).toBeGreaterThanOrEqual(0);
        await delay(sessionMs + 500);
        expect(await reader.endOf({ topic, partition: 0 })).toBeGreaterThanOrEqual(0);
      });
    await Promise.all([useTwice(), useTwice()]);
    expect(requests).toHaveLength(1);
  });

  test('lets every command in, and says what was refused', async () => {
    const { url } = await startEndpoint();
    const name = `commands-${randomUUID()}`;
    const env = {
      ...toClientCredentialsEnv(url),
      KAFKA_BROKERS: cluster.bootstrap,
      KAFKA_TOPIC: name,
      KAFKA_DEAD_LETTER_TOPIC: `${name}.dead-letter`,
      WEBHOOK_SECRET: randomUUID(),
      LOG_LEVEL: 'error',
    };
    const topics = await runCommand(['topics', '--replication-factor', '1'], env);
    expect(topics).toMatchObject({ code: 0, stderr: '' });
    const check = await runCommand(['check'], env);
    expect(check.stdout).toContain('SASL oauthbearer by client-credentials as client');
    expect(check.stdout).toMatch(new RegExp(`${name}: It has one replica`));
    expect(check.stdout + check.stderr).not.toContain(clientSecret);
    const replay = await runCommand(['replay', '--dry-run'], env);
    expect(replay).toMatchObject({ code: 0 });

    const refusing = await startTokenEndpoint({
      answer: () => ({ status: 401, body: { error: 'invalid_client' } }),
    });
    const refused = { ...env, KAFKA_OAUTH_TOKEN_ENDPOINT: refusing.url };
    const words = 'the token endpoint answered 401, invalid_client';
    expect((await runCommand(['check'], refused)).stdout).toContain(words);
    for (const command of [['topics'], ['replay', '--dry-run']]) {
      const { code, stderr } = await runCommand(command, refused);
      expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
    }
  });
});
