import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sink } from '../../src/ports/sink.ts';
import { deadlineIn } from '../support/deadline-in.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import {
  type OauthCluster,
  startOauthCluster,
  toClientCredentials,
  toClientCredentialsEnv,
} from '../support/kafka/oauth/oauth-cluster.ts';
import { startTokenEndpoint } from '../support/kafka/oauth/token-endpoint.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { createRecord } from '../support/kafka-sink.ts';

const sessionMs = 3_000;
const reauthentications = 10;

describe('receiver and filter in short sessions', () => {
  let cluster: OauthCluster;
  beforeAll(async () => {
    cluster = await startOauthCluster(sessionMs);
  });
  afterAll(() => cluster?.stop());

  /** Appends records one after the other until the given time has passed. Each record has a separate entity. */
  async function send(sink: Sink, topic: string, sender: number, until: number) {
    const acknowledged: string[] = [];
    const failed: string[] = [];
    for (let number = 0; Date.now() < until; number += 1) {
      const entity = `${sender}-${number}`;
      const record = createRecord(topic, entity);
      const headers = { ...record.headers, ce_id: entity, revision: '1' };
      try {
        expect(await sink.append([{ ...record, headers }], deadlineIn(3_000))).toEqual([]);
        acknowledged.push(entity);
      } catch {
        failed.push(entity);
      }
      await delay(20);
    }
    return { acknowledged, failed };
  }

  async function sendAll(sink: Sink, topic: string, durationMs: number) {
    const until = Date.now() + durationMs;
    const sent = await Promise.all(
      Array.from({ length: 10 }, (_, sender) => send(sink, topic, sender, until)),
    );
    return {
      acknowledged: sent.flatMap(({ acknowledged }) => acknowledged),
      failed: sent.flatMap(({ failed }) => failed),
    };
  }

  async function readEntities(topic: string, count: number): Promise<Set<string>> {
    const records = await readCommitted({ bootstrap: cluster.internalBootstrap, topic }, count);
    return new Set(records.map(({ key }) => String(key)));
  }

  test('lose nothing that was acknowledged through ten logins on each connection', async () => {
    const topics = await createFilterTopics(cluster.internalBootstrap, { partitions: 3 });
    const { url, requests } = await startTokenEndpoint({
      answer: () => ({
        body: { access_token: cluster.issuer.createToken({ lifeSeconds: 60 }), expires_in: 10 },
      }),
    });
    const filter = await startTestFilter({
      ...toFilterEnv(cluster.bootstrap, topics),
      ...toClientCredentialsEnv(url),
    });
    const { sink, started, log } = cluster.startSink(toClientCredentials(url), topics.events);
    await started;
    await whenReady(filter);
    const before = { sink: log.lines.length, filter: filter.log.lines.length };

    const { acknowledged, failed } = await sendAll(sink, topics.events, (reauthentications + 1) * sessionMs);

    expect(failed).toEqual([]);
    await whenFiltered(filter, acknowledged.length);
    expect(await readEntities(topics.events, acknowledged.length)).toEqual(new Set(acknowledged));
    expect(await readEntities(topics.latest, acknowledged.length)).toEqual(new Set(acknowledged));
    for (const lines of [log.lines.slice(before.sink), filter.log.lines.slice(before.filter)]) {
      const logins = lines.filter(({ msg }) => String(msg).startsWith('Request SaslAuthenticate'));
      expect(logins.length).toBeGreaterThan(reauthentications);
      // No connection was lost because its session expired. Log lines with a `verdict` are excluded, because they
      // report that the topic has only one replica.
      const problems = lines.filter(({ level, verdict }) => /warn|error/.test(String(level)) && !verdict);
      expect(problems).toEqual([]);
    }
    expect(requests.length).toBeGreaterThan(4);
  });

  test('refuse while no token can be had, and go on by themselves when there is one again', async () => {
    const topics = await createFilterTopics(cluster.internalBootstrap, { partitions: 1 });
    let isDown = false;
    const { url } = await startTokenEndpoint({
      answer: () =>
        isDown
          ? { status: 503, body: { error: 'temporarily_unavailable' } }
          : { body: { access_token: cluster.issuer.createToken({ lifeSeconds: 60 }), expires_in: 5 } },
    });
    const filter = await startTestFilter({
      ...toFilterEnv(cluster.bootstrap, topics),
      ...toClientCredentialsEnv(url),
    });
    const { sink, started, log } = cluster.startSink(toClientCredentials(url), topics.events);
    await started;
    await whenReady(filter);
    const sending = sendAll(sink, topics.events, 24_000);
    await delay(4_000);
    isDown = true;
    const words = 'the token endpoint returned 503, temporarily_unavailable';
    await expect.poll(() => sink.health().detail).toContain(words);
    await expect.poll(filter.log.text).toContain(words);
    isDown = false;
    await expect.poll(() => sink.health().up).toBe(true);

    const { acknowledged, failed } = await sending;
    expect(failed.length).toBeGreaterThan(0);
    expect(log.text()).toContain(words);
    const stored = await readEntities(topics.events, acknowledged.length);
    expect(acknowledged.filter((entity) => !stored.has(entity))).toEqual([]);
    // Records of failed appends may be stored too, because a failure may only mean that the response was lost.
    await whenFiltered(filter, stored.size);
    const latest = await readEntities(topics.latest, stored.size);
    expect(acknowledged.filter((entity) => !latest.has(entity))).toEqual([]);
  });
});
