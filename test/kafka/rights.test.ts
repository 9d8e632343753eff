import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaPermission } from '../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { postWebhook } from '../../src/tools/provider/post-webhook.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { authorizerConfig, grantRights, takeRights } from '../support/kafka/grant-rights.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

const password = 'correct horse';

interface Names {
  readonly events: string;
  readonly deadLetter: string;
  readonly latest: string;
  readonly group: string;
}

/**
 * The permissions of each program, as docs/kafka.md#permissions lists them. A `*` at the end of a name matches all
 * names with that prefix.
 */
const neededRights = {
  receive: ({ events, deadLetter }: Names) => [topic('Write', events), topic('Write', deadLetter)],
  topics: ({ events, deadLetter, latest }: Names) =>
    [events, deadLetter, latest].flatMap((name) => [
      topic('Describe', name),
      topic('Create', name),
      topic('DescribeConfigs', name),
    ]),
  check: ({ events, deadLetter, latest }: Names) =>
    [events, deadLetter, latest].flatMap((name) => [topic('Describe', name), topic('DescribeConfigs', name)]),
  replay: ({ events, deadLetter, group }: Names) => [
    topic('Read', deadLetter),
    topic('Write', events),
    groupRight(group),
  ],
  'replay --dry-run': ({ deadLetter, group }: Names) => [topic('Read', deadLetter), groupRight(group)],
  tail: ({ events }: Names) => [topic('Read', events)],
  forget: ({ latest }: Names) => [
    topic('Read', latest),
    topic('Write', latest),
    topic('DescribeConfigs', latest),
  ],
} as const;

function topic(operation: KafkaPermission['operation'], resourceName: string): KafkaPermission {
  return { operation, resourceType: 'topic', resourceName };
}

function groupRight(resourceName: string): KafkaPermission {
  return { operation: 'Read', resourceType: 'group', resourceName };
}

type Subject = keyof typeof neededRights;

let cluster: KafkaCluster;
let users = 0;

beforeAll(async () => {
  // All users share one password. Each test has a user of its own, so that it does not get the permissions of another
  // test.
  const names = Array.from({ length: 60 }, (_, index) => `user_user${index}="${password}"`).join(' ');
  cluster = await startKafkaCluster({
    nodes: 1,
    sasl: { username: 'unused', password },
    brokerConfig: {
      ...authorizerConfig,
      'listener.name.sasl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${names};`,
    },
  });
});
afterAll(() => cluster?.stop());

async function setUp(subject: Subject, without?: number) {
  const events = `e-${randomUUID()}`;
  const names = { events, deadLetter: `d-${events}`, latest: `${events}.latest`, group: `replay-${events}` };
  const username = `user${users}`;
  users += 1;
  if (subject !== 'topics') {
    await createTopic(cluster.bootstrap, events);
    await createTopic(cluster.bootstrap, names.deadLetter);
    await createTopic(cluster.bootstrap, names.latest, { configs: { 'cleanup.policy': 'compact' } });
  }
  const rights = neededRights[subject](names);
  const granted = rights.filter((_, index) => index !== without);
  if (granted.length > 0) {
    await grantRights(cluster.bootstrap, username, granted);
  }
  const topics = {
    KAFKA_TOPIC: names.events,
    KAFKA_DEAD_LETTER_TOPIC: names.deadLetter,
    WEBHOOK_SECRET: testSecret,
  };
  const env = {
    ...topics,
    KAFKA_BROKERS: cluster.saslBootstrap ?? '',
    KAFKA_SASL_MECHANISM: 'plain',
    ALLOW_PLAINTEXT: 'true',
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  };
  return {
    names,
    username,
    env,
    admin: { ...topics, KAFKA_BROKERS: cluster.bootstrap },
    missing: rights[without ?? -1],
  };
}

const post = (url: string, body: string) =>
  postWebhook({
    url: new URL(`${url}/webhook`),
    body: Buffer.from(body),
    secret: testSecret,
    timeoutMs: 30_000,
  });

const countLines = (text: string, words: string) =>
  text.split('\n').filter((line) => line.includes(words)).length;

/** Stores one dead letter and one event. */
async function leaveRecords(env: Readonly<Record<string, string>>): Promise<void> {
  const receiver = await startTestReceiver({ env });
  await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);
  await post(receiver.url, '[{"id":"a"},{"eventId":"b","id":"b"}]');
  await receiver.stop();
}

/** Runs a command with these permissions. @returns its output */
async function run(subject: Exclude<Subject, 'receive'>, without?: number) {
  const { names, env, admin, missing } = await setUp(subject, without);
  if (subject.startsWith('replay') || subject === 'tail') {
    await leaveRecords(admin);
  }
  if (subject === 'forget') {
    const send = await connectTestProducer(cluster.bootstrap);
    await send(names.latest, [{ key: 'm-1', value: '{"revision":1}' }]);
  }
  const args = {
    forget: ['forget', '--yes', 'm-1'],
    topics: ['topics'],
    check: ['check'],
    replay: ['replay', '--group', names.group],
    'replay --dry-run': ['replay', '--dry-run', '--group', names.group],
    tail: ['tail', '--no-follow', '--since', '1h'],
  }[subject];
  const rules = subject.startsWith('replay') ? { KEY_RULES: '*=id' } : {};
  const { code, stdout, stderr } = await runCommand(args, { ...env, ...rules });
  return { code, text: `${stdout}\n${stderr}`, missing };
}

const commands = (Object.keys(neededRights) as Subject[]).filter((subject) => subject !== 'receive');

describe('on a broker that grants what is requested only', () => {
  test.each(commands)('%s works with exactly its rights', async (subject) => {
    const { code, text } = await run(subject);
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(text).not.toMatch(/AUTHORIZATION|no right|cannot be read/);
  });

  test.each(
    commands.flatMap((subject) =>
      neededRights[subject]({
        events: 'events',
        deadLetter: 'dead letters',
        latest: 'latest',
        group: 'group',
      }).map(({ operation, resourceName }, index) => [subject, operation, resourceName, index] as const),
    ),
  )('%s without %s on %s names it, and what to do', async (subject, operation, _, index) => {
    const { code, text, missing } = await run(subject, index);
    const { resourceType, resourceName = '' } = missing ?? {};
    expect(text).not.toContain('must be called first');
    if (operation === 'DescribeConfigs') {
      // The program can use the topics without DescribeConfigs.
      expect({ code, text }).toMatchObject({ code: 0 });
      // `check` and `topics` print the name of the topic before the warning, and `forget` prints it within the warning.
      const named = `(${resourceName}: The settings of the topic|The settings of the topic ${resourceName})`;
      expect(text).toMatch(new RegExp(`${named} cannot be read: grant this client DescribeConfigs`));
      return;
    }
    expect({ code, text }).toMatchObject({ code: subject === 'check' ? 1 : 2 });
    expect(text).toContain('kafka-acls --add');
    expect(text).toMatch(/(TOPIC|GROUP)_AUTHORIZATION_FAILED \(\d+\)/);
    // The Write permission includes Describe, so without Write the topic cannot be described, and the check reports
    // this first. With Describe but without Write, the topic seems usable until the first record is rejected.
    const isUnseen = operation === 'Write' && subject !== 'forget';
    const words = isUnseen
      ? 'The receiver needs the permission Write on this topic'
      : `this client lacks the permission ${operation} on ${resourceType} `;
    expect(text).toContain(words);
    expect(text).toContain(resourceName.replace('*', ''));
  });

  test('receive works with exactly its rights', async () => {
    const { env } = await setUp('receive');
    const receiver = await startTestReceiver({ env });
    await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);
    expect((await post(receiver.url, '[{"eventId":"a","name":"message.sent","id":"1"},7]')).status).toBe(200);
  });

  test.each([
    ['Write on its events topic', 0],
    ['Write on its dead-letter topic', 1],
  ])('receive without %s is unready, says why, seldom, and goes on once it is granted', async (_, index) => {
    const { env, username, missing } = await setUp('receive', index);
    const right = missing as KafkaPermission;
    const receiver = await startTestReceiver({ env });
    const words = `this client lacks the permission Describe on topic ${right.resourceName}`;
    await waitUntil(async () => (await receiver.readiness()).includes(words), {
      timeoutMs: 20_000,
      what: 'readiness says it',
    });
    await delay(4_000);
    expect(countLines(receiver.log.text(), words)).toBeLessThanOrEqual(2);
    await grantRights(cluster.bootstrap, username, [{ ...right, operation: 'Describe' }]);
    await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);

    // With only the Describe permission, the topic seems usable until the broker rejects the first record.
    const body = index === 0 ? '{"eventId":"a","name":"message.sent","id":"1"}' : '7';
    expect((await post(receiver.url, body)).status).toBe(503);
    const denied = `this client lacks the permission Write on topic ${right.resourceName}`;
    await waitUntil(async () => (await receiver.readiness()).includes(denied), {
      timeoutMs: 20_000,
      what: 'readiness says it',
    });
    await waitUntil(() => countLines(receiver.log.text(), denied) > 0, {
      timeoutMs: 20_000,
      what: 'the log says it',
    });
    await grantRights(cluster.bootstrap, username, [right]);
    const isStored = async () => (await post(receiver.url, body)).status === 200;
    await waitUntil(isStored, { timeoutMs: 20_000, what: 'it is stored' });

    await takeRights(cluster.bootstrap, username, [right]);
    await waitUntil(async () => !(await isStored()), { timeoutMs: 20_000, what: 'it is refused again' });
    await grantRights(cluster.bootstrap, username, [right]);
    await waitUntil(isStored, { timeoutMs: 20_000, what: 'it is stored again' });
  });
});
