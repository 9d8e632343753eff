import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadCommandConfig } from '../../src/config/command-config.ts';
import type { ReadOptions, RecordSelection } from '../../src/ports/record-reader.ts';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { openStore } from '../../src/stores/open-store.ts';
import { appendRecords, keysOf, toEventRecord } from '../support/append-records.ts';
import { captureLog } from '../support/captured-log.ts';
import { addPartitions, createTopic, deleteTopic, withAdmin } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { launchCommand, runCommand } from '../support/run-command.ts';

async function createTopics(bootstrap: string, partitions = 3) {
  const topic = `events-${randomUUID().slice(0, 8)}`;
  const env = {
    ...{ KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: topic, KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead` },
    MANAGEMENT_PORT: '0',
  };
  for (const name of [topic, `${topic}.dead`, `${topic}.latest`]) {
    await createTopic(bootstrap, name, { partitions });
  }
  const event = (key: string, revision: number, name?: string) =>
    toEventRecord(key, revision, name, { topic });
  return { topic, env, event };
}

/** Follows until the test ends. */
function follow(env: Readonly<Record<string, string>>, ...args: string[]) {
  const tail = launchCommand(['tail', ...args], env);
  onTestFinished(() => tail.interrupt());
  return {
    ...tail,
    shows: (...keys: string[]) =>
      expect.poll(() => keysOf(tail.stdout()).toSorted(), { timeout: 60_000 }).toEqual(keys.toSorted()),
    says: (text: string) => expect.poll(tail.stderr, { timeout: 60_000 }).toContain(text),
  };
}

/** A tail from now on has begun once it shows an event; until then events are stored again and again. */
async function whenBegun(tail: ReturnType<typeof follow>, append: () => Promise<void>): Promise<void> {
  await expect
    .poll(
      async () => {
        await append();
        return tail.stdout();
      },
      { timeout: 60_000, interval: 500 },
    )
    .not.toBe('');
}

describe('tail on Kafka', () => {
  test('follows from now on, also into new partitions, and a topic that was made again', async () => {
    const bootstrap = await kafkaBrokers();
    const { env, event, topic } = await createTopics(bootstrap, 1);
    await appendRecords(env, [event('old', 1)]);
    const tail = follow(env, '--name', 'message.sent');
    await whenBegun(tail, () => appendRecords(env, [event('new', 1, 'message.sent')]));
    expect(keysOf(tail.stdout())).not.toContain('old');

    await addPartitions(bootstrap, topic, 4);
    const others = Array.from({ length: 12 }, (_, index) => event(`grown-${index}`, 1));
    await appendRecords(env, others);
    await expect
      .poll(() => keysOf(tail.stdout()).filter((key) => key.startsWith('grown')), { timeout: 60_000 })
      .toHaveLength(12);

    await deleteTopic(bootstrap, topic);
    await createTopic(bootstrap, topic, { partitions: 2 });
    await appendRecords(env, [event('again', 1)]);
    await tail.says('was made again');
    await expect.poll(() => keysOf(tail.stdout()), { timeout: 60_000 }).toContain('again');
    tail.interrupt();
    expect((await tail.ended).code).toBe(0);
  });

  test('says what the retention of the topic has removed before it was read', async () => {
    const bootstrap = await kafkaBrokers();
    const { env, topic } = await createTopics(bootstrap, 1);
    const body = 'x'.repeat(100_000);
    for (let index = 0; index < 40; index += 1) {
      await appendRecords(env, [toEventRecord(`k-${index}`, 1, 'message.sent', { topic, body })]);
    }
    const config = loadCommandConfig(env);
    const store = await openStore(config.store);
    const notices: string[] = [];
    const selection: RecordSelection = { role: 'events', topics: [config.topics], sinceMs: 0 };
    const options: ReadOptions = {
      ...{ follow: false, signal: new AbortController().signal },
      observer: { begins() {}, passed() {}, notice: (text) => void notices.push(text) },
    };
    const keys: (string | null)[] = [];
    for await (const records of store.readRecords?.(selection, { ...options, logger: captureLog().logger }) ??
      []) {
      if (keys.length === 0) {
        await withAdmin(bootstrap, async (admin) => {
          // kafkajs deletes records of topics only that it has been asked about.
          await admin.fetchTopicOffsets(topic);
          await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '38' }] });
        });
      }
      keys.push(...records.map(({ key }) => key));
    }
    expect(keys.slice(-2)).toEqual(['k-38', 'k-39']);
    expect(keys.length).toBeLessThan(40);
    expect(notices).toEqual([expect.stringMatching(/retention has removed the records \d+ to 37 before/)]);
  });

  test.each<[string[], string, string, string?]>([
    [['tail', '--no-follow'], 'KAFKA_TOPIC', 'KAFKA_TOPIC, TOPIC_RULES or WEBHOOKS_FILE'],
    [['find', 'm-1'], 'KAFKA_TOPIC', 'KAFKA_TOPIC, TOPIC_RULES or WEBHOOKS_FILE'],
    [['replay'], 'KAFKA_DEAD_LETTER_TOPIC', 'KAFKA_DEAD_LETTER_TOPIC or WEBHOOKS_FILE'],
    [['forget', '--yes', 'm-1'], 'KAFKA_TOPIC', 'KAFKA_TOPIC, TOPIC_RULES or WEBHOOKS_FILE', '.latest'],
  ])(
    '%j of a misspelt topic names it, its setting and the topic that is meant',
    async (args, variable, from, suffix = '') => {
      const bootstrap = await kafkaBrokers();
      const there = `meant-${randomUUID()}`;
      const misspelt = there.replace('meant', 'maent');
      await createTopic(bootstrap, there);
      await createTopic(bootstrap, `${there}.latest`);
      const { code, stderr } = await runCommand(args, {
        KAFKA_BROKERS: bootstrap,
        // Where another topic is meant, this one is there.
        KAFKA_TOPIC: there,
        [variable]: misspelt,
      });
      expect(code).toBe(2);
      expect(stderr).toContain(
        `Kafka (${bootstrap}) has no topic ${misspelt}${suffix}: did you mean ${there}${suffix}? If not, check ${from}, or create the topic with "comapi-webhook topics"`,
      );
      const check = await runCommand(['check'], { KAFKA_BROKERS: bootstrap, [variable]: misspelt });
      expect(check.stdout).toMatch(
        new RegExp(
          `^ERROR +topics +${misspelt}: The topic does not exist: check .* Did you mean ${there}\\?$`,
          'm',
        ),
      );
    },
  );
});

describe('find on Kafka, in a topic that got more partitions', () => {
  test('has the events of a key in its old partition and in its new one, in their order', async () => {
    const bootstrap = await kafkaBrokers();
    const { env, event, topic } = await createTopics(bootstrap, 2);
    const keys = Array.from({ length: 40 }, (_, index) => `m-${index}`);
    const moved = keys.find((key) => partitionFor(key, 2) !== partitionFor(key, 3)) ?? '';
    const only = keys.findLast((key) => partitionFor(key, 2) !== partitionFor(key, 3)) ?? '';
    await appendRecords(env, [...keys.map((key) => event(key, 1)), event(moved, 2)]);
    for (const name of [topic, `${topic}.latest`]) {
      await addPartitions(bootstrap, name, 3);
    }
    await appendRecords(env, [
      event(moved, 3, 'message.read'),
      ...keys.filter((key) => ![only, moved].includes(key)).map((key) => event(key, 4)),
    ]);

    const find = async (...args: string[]) => {
      const { stdout, stderr } = await runCommand(['find', ...args, '--json'], env);
      return { life: JSON.parse(stdout), stderr };
    };
    const both = await find(moved);
    expect(
      both.life.events.map(({ revision, outcome }: Record<string, string>) => [revision, outcome]),
    ).toEqual([
      ['1', 'later'],
      ['2', 'later'],
      ['3', 'later'],
    ]);
    expect(both.life.verdict).toContain(`${moved} is at message.read r3`);
    expect(both.stderr).toContain(`${topic} has got more partitions since then`);
    expect(both.life.lookedAt.filter((part: string) => part.startsWith(`${topic}/`))).toHaveLength(3);
    // Nothing of it is in its new partition, and its partition is not the only place where it is looked for.
    expect((await find(only)).life.events).toMatchObject([{ revision: '1' }]);
  });
});
