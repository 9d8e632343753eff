import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaOauthConfig } from '../../src/config/kafka-oauth-config.ts';
import { deadlineIn } from '../support/deadline-in.ts';
import {
  clientSecret,
  type OauthCluster,
  startOauthCluster,
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

  test('says that the broker refuses a token, and comes up with a good one', async () => {
    const token = cluster.issuer.createToken({ audience: 'another' });
    writeFileSync(cluster.tokenFile, token);
    const { sink, started, log } = cluster.startSink(byFile(), topic);
    const words = 'the broker rejected the OAuth token: {"status":"invalid_token"}';
    const escaped = JSON.stringify(words).slice(1, -1);
    await waitUntil(() => log.text().includes(escaped), { timeoutMs: 30_000, what: 'it is logged' });
    expect(sink.health()).toMatchObject({ up: false, detail: expect.stringContaining(words) as string });
    expect(log.text()).not.toContain(token.slice(-40));
    writeFileSync(cluster.tokenFile, cluster.issuer.createToken());
    await started;
    expect(await sink.append([createRecord(topic, 'a')], deadlineIn(8_000))).toEqual([]);
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
    expect(check.stdout).toContain('SASL oauthbearer as client, token provider client-credentials');
    expect(check.stdout).toMatch(new RegExp(`${name}: The topic has only one replica`));
    expect(check.stdout + check.stderr).not.toContain(clientSecret);
    const replay = await runCommand(['replay', '--dry-run'], env);
    expect(replay).toMatchObject({ code: 0 });

    const refusing = await startTokenEndpoint({
      answer: () => ({ status: 401, body: { error: 'invalid_client' } }),
    });
    const refused = { ...env, KAFKA_OAUTH_TOKEN_ENDPOINT: refusing.url };
    const words = 'the token endpoint returned 401, invalid_client';
    expect((await runCommand(['check'], refused)).stdout).toContain(words);
    for (const command of [['topics'], ['replay', '--dry-run']]) {
      const { code, stderr } = await runCommand(command, refused);
      expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
    }
  });
});
