import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createTopic, withAdmin } from '../support/kafka/topics.ts';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

async function createNames() {
  const fresh = await freshTopicsEnv();
  const base = fresh.KAFKA_TOPIC;
  const env = { ...fresh, WEBHOOK_SECRET: testSecret };
  return { base, env };
}

describe('topics', () => {
  test('creates what is missing, and changes nothing the second time', async () => {
    const { base, env } = await createNames();
    const dry = await runCommand(['topics', '--dry-run'], env);
    expect(dry.code).toBe(1);
    expect(dry.stdout).toMatch(new RegExp(`^${base} +missing +12 `, 'm'));

    const first = await runCommand(['topics', '--partitions', '4'], env);
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(new RegExp(`^${base} +created +4 +1$`, 'm'));
    expect(first.stdout).toMatch(new RegExp(`^${base}.dead-letter +created +3 `, 'm'));
    expect(first.stdout).toMatch(new RegExp(`^${base}.latest +created +4 `, 'm'));
    expect(first.stdout).toContain(`warning: ${base}: The topic has only one replica`);

    const second = await runCommand(['topics', '--partitions', '8', '--json'], env);
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject([
      { topic: base, outcome: 'present', differences: [{ setting: 'partitions', wanted: '8', actual: '4' }] },
      { outcome: 'present' },
      { outcome: 'present' },
    ]);
    await withAdmin(env.KAFKA_BROKERS, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [base] });
      expect(topics[0]?.partitions).toHaveLength(4);
    });
  });

  test('creates the topics of each registration, without its secrets', async () => {
    const { base, env } = await createNames();
    const file = join(temporaryDirectory(), 'webhooks.json');
    const webhooks = [{ name: 'crm', path: '/crm', secretsDir: '/not/here', topic: `${base}.crm` }];
    writeFileSync(file, JSON.stringify(webhooks));
    const { code, stdout } = await runCommand(['topics'], { ...env, WEBHOOKS_FILE: file });
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${base}.crm +created +12 `, 'm'));
  });

  test('gives new topics the settings of the operator, and finds nothing to say about them later', async () => {
    const { base, env } = await createNames();
    const args = ['topics', '--partitions', '2', '--dead-letter-partitions', '5'];
    for (const setting of [
      'segment.bytes=2097152',
      'events:retention.ms=3600000',
      'dead-letter:retention.ms=-1',
    ]) {
      args.push('--setting', setting);
    }
    const created = await runCommand([...args, '--json'], env);
    expect(JSON.parse(created.stdout)).toMatchObject([
      { topic: base, partitionCount: 2, differences: [] },
      { partitionCount: 5, differences: [] },
      { partitionCount: 2, differences: [] },
    ]);
    const later = JSON.parse((await runCommand(['topics', '--partitions', '2', '--json'], env)).stdout);
    expect(later[0].differences).toEqual([
      { setting: 'retention.ms', wanted: '604800000', actual: '3600000' },
    ]);
  });

  test('says what the brokers refuse', async () => {
    const { base, env } = await createNames();
    const { code, stderr } = await runCommand(['topics', '--setting', 'no.such.setting=1'], env);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: Kafka \(.*\) did not create these topics: .*INVALID_CONFIG/);
    for (const topic of [base, `${base}.dead-letter`, `${base}.latest`]) {
      expect(stderr).toContain(`${topic}: INVALID_CONFIG (40): check the names and values of --setting`);
    }
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('check on Kafka', () => {
  test('finds an installation that is right', async () => {
    const { base, env } = await createNames();
    await runCommand(['topics'], env);
    const { code, stdout } = await runCommand(['check'], env);
    expect({ code, errors: stdout.match(/^ERROR.*$/gm) }).toEqual({ code: 0, errors: null });
    expect(stdout).toMatch(/^ok +store +Kafka \(.*\) responds and has 1 broker$/m);
    expect(stdout).toMatch(new RegExp(`^WARNING +topics +${base}: The topic has only one replica`, 'm'));
    expect(stdout).not.toContain(testSecret);
  });

  test('finds a topic that is missing, and one that would refuse every dead letter', async () => {
    const { base, env } = await createNames();
    await createTopic(env.KAFKA_BROKERS, `${base}.dead-letter`, { configs: { 'cleanup.policy': 'compact' } });
    const { code, stdout } = await runCommand(['check', '--json'], env);
    expect(code).toBe(1);
    const errors = JSON.parse(stdout).results.filter((each: { verdict: string }) => each.verdict === 'error');
    expect(errors).toEqual([
      {
        area: 'topics',
        verdict: 'error',
        text: `${base}: The topic does not exist: check KAFKA_TOPIC, TOPIC_RULES or WEBHOOKS_FILE, or create it with "comapi-webhook topics".`,
      },
      {
        area: 'topics',
        verdict: 'error',
        text: `${base}.dead-letter: cleanup.policy is compact: the topic rejects dead letters, because they have no key.`,
      },
    ]);
  });
});
