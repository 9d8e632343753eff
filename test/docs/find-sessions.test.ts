import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { toJournalLine } from '../../src/stores/journal/journal-line.ts';
import { appendBatch } from '../faults/filter/fill-backlog.ts';
import { appendRecords } from '../support/append-records.ts';
import { expectFindSessions } from '../support/expect-find-sessions.ts';
import { listOthers, sessionEvents } from '../support/find-sessions.ts';
import { toCompressedBatch } from '../support/kafka/compressed-batch.ts';
import { createTopic, withAdmin } from '../support/kafka/topics.ts';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

let provider: ProviderApiServer;

beforeAll(async () => {
  provider = await startProviderApiServer();
});
beforeEach(() => provider.reset());
afterAll(() => provider.close());

/** At a million events too: FIND_SESSIONS_EVENTS=1000000. */
const timeoutMs = 1_800_000;
const partitions = 12;

test(
  'the four questions of find.md are answered on Kafka as it says',
  async () => {
    const env = await freshTopicsEnv();
    const { KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: topic } = env;
    for (const name of [topic, env.KAFKA_DEAD_LETTER_TOPIC]) {
      await createTopic(bootstrap, name, { partitions });
    }
    const port = Number(bootstrap.split(':')[1]);
    for (const records of listOthers(topic, 10_000)) {
      for (const [partition, own] of Map.groupBy(records, ({ key }) => partitionFor(key ?? '', partitions))) {
        const timestampMs = Date.now();
        const batch = toCompressedBatch(
          own.map((record) => ({ ...record, timestampMs })),
          { codec: 'none' },
        );
        await appendBatch({ port, topic, partition }, batch);
      }
    }
    await appendRecords(env, sessionEvents(topic));
    await withAdmin(bootstrap, async (admin) => {
      const ends = await admin.fetchTopicOffsets(topic);
      const offsets = ends.map(({ partition, offset }) => ({ partition, offset }));
      await admin.setOffsets({ groupId: 'shop', topic, partitions: offsets });
    });
    await expectFindSessions('Kafka', env, provider);
  },
  timeoutMs,
);

test(
  'the four questions of find.md are answered on the journal as it says',
  async () => {
    const dataDir = temporaryDirectory();
    mkdirSync(join(dataDir, 'journal'));
    const segment = join(dataDir, 'journal', '0000000001-1074cfe2.jsonl');
    for (const records of listOthers('comapi.events', 10_000)) {
      appendFileSync(segment, records.map((record) => toJournalLine(record)).join(''));
    }
    appendFileSync(
      segment,
      sessionEvents('comapi.events')
        .map((record) => toJournalLine(record))
        .join(''),
    );
    expect(provider.calls).toEqual([]);
    await expectFindSessions('journal', { DATA_DIR: dataDir }, provider);
  },
  timeoutMs,
);
