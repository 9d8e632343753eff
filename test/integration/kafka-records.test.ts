import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { appendRecords, toEventRecord } from '../support/append-records.ts';
import { addPartitions, createTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { runCommand } from '../support/run-command.ts';

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

describe('tail on Kafka', () => {
  test.each<[string[], string, string, string?]>([
    [['tail', '--no-follow'], 'KAFKA_TOPIC', 'KAFKA_TOPIC, TOPIC_RULES or WEBHOOKS_FILE'],
    [['find', 'm-1'], 'KAFKA_TOPIC', 'KAFKA_TOPIC, TOPIC_RULES or WEBHOOKS_FILE'],
    [['replay'], 'KAFKA_DEAD_LETTER_TOPIC', 'KAFKA_DEAD_LETTER_TOPIC or WEBHOOKS_FILE'],
    [['forget', '--yes', 'm-1'], 'KAFKA_TOPIC', 'KAFKA_TOPIC, TOPIC_RULES or WEBHOOKS_FILE', '.latest'],
  ])(
    '%j of a mistyped topic names it, its setting and the topic that is meant',
    async (args, variable, from, suffix = '') => {
      const bootstrap = await kafkaBrokers();
      const there = `meant-${randomUUID()}`;
      const mistyped = there.replace('meant', 'maent');
      await createTopic(bootstrap, there);
      await createTopic(bootstrap, `${there}.latest`);
      const { code, stderr } = await runCommand(args, {
        KAFKA_BROKERS: bootstrap,
        // This topic exists. The other variable names a topic that does not exist.
        KAFKA_TOPIC: there,
        [variable]: mistyped,
      });
      expect(code).toBe(2);
      expect(stderr).toContain(
        `Kafka (${bootstrap}) has no topic ${mistyped}${suffix}: did you mean ${there}${suffix}? If not, check ${from}, or create the topic with "comapi-webhook topics"`,
      );
      const check = await runCommand(['check'], { KAFKA_BROKERS: bootstrap, [variable]: mistyped });
      expect(check.stdout).toMatch(
        new RegExp(
          `^ERROR +topics +${mistyped}: The topic does not exist: check .* Did you mean ${there}\\?$`,
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
    expect(both.life.verdict).toContain(`${moved}: the latest event is message.read r3`);
    expect(both.stderr).toContain(
      `all partitions of ${topic}, because a key may have records in any of them: the number of partitions has changed`,
    );
    expect(both.life.lookedAt.filter((part: string) => part.startsWith(`${topic}/`))).toHaveLength(3);
    // The key has no records in the partition to which it now belongs, so the other partitions are searched too.
    expect((await find(only)).life.events).toMatchObject([{ revision: '1' }]);
  });
});
