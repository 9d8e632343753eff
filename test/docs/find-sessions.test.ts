import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { toJournalLine } from '../../src/stores/journal/journal-line.ts';
import { appendBatch } from '../faults/filter/fill-backlog.ts';
import { appendRecords } from '../support/append-records.ts';
import { expectFindSessions } from '../support/expect-find-sessions.ts';
import {
  delivered,
  listOthers,
  readFindSessions,
  runSession,
  sessionEvents,
  withoutTimes,
} from '../support/find-sessions.ts';
import { toCompressedBatch } from '../support/kafka/compressed-batch.ts';
import { provideGroupTool } from '../support/kafka/group-tool.ts';
import { createTopic, withAdmin } from '../support/kafka/topics.ts';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

/** Timeout that is long enough for a million events (FIND_SESSIONS_EVENTS=1000000). */
const timeoutMs = 1_800_000;
const partitions = 12;

test(
  'the four questions of find are answered on Kafka as its page says, that of a group by the tool of Kafka',
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
    await expectFindSessions('Kafka', env);
    await expectGroupRecipe(bootstrap, topic);
  },
  timeoutMs,
);

test(
  'the questions of find are answered on the journal as its page says',
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
    await expectFindSessions('journal', { DATA_DIR: dataDir });
  },
  timeoutMs,
);

/**
 * Runs the page's command for a consumer group that has already read past the event. Kafka's own tool is on the PATH.
 */
async function expectGroupRecipe(bootstrap: string, topic: string): Promise<void> {
  const partition = partitionFor(delivered, partitions);
  const end = await withAdmin(bootstrap, async (admin) => {
    const ends = await admin.fetchTopicOffsets(topic);
    const offset = ends.find((each) => each.partition === partition)?.offset ?? '';
    await admin.setOffsets({ groupId: 'shop', topic, partitions: [{ partition, offset }] });
    return offset;
  });
  const session = readFindSessions().find(({ typed }) => typed.startsWith('kafka-consumer-groups.sh '));
  const typed = session?.typed.replace('localhost:9092', bootstrap).replace('== 0', `== ${partition}`) ?? '';
  const { printed } = await runSession(typed, { PATH: await provideGroupTool() });
  expect(printed).toBe(`${topic} ${end}\n`);
  const inPage = (text: string) => withoutTimes(text).replace(/\d+\n$/, '…');
  expect(inPage(printed)).toBe(inPage(session?.printed ?? ''));
}
