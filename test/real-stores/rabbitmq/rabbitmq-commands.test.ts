import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postWebhook } from '../../../src/tools/provider/post-webhook.ts';
import { declareQueue, quorum, withChannel } from '../../support/rabbitmq/declare-queue.ts';
import { type RabbitMqCluster, startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';
import { startCommand } from '../../support/receiver-process.ts';
import { runCommand } from '../../support/run-command.ts';
import { startTestReceiver, testSecret } from '../../support/test-receiver.ts';

let cluster: RabbitMqCluster;

beforeAll(async () => {
  cluster = await startRabbitMqCluster({ nodes: 1 });
});

afterAll(() => cluster?.stop());

function createEnv(more: Readonly<Record<string, string>> = {}) {
  const queue = `events-${randomUUID().slice(0, 8)}`;
  const env = {
    ...{ RABBITMQ_URL: cluster.url, RABBITMQ_QUEUE: queue },
    ...{ WEBHOOK_SECRET: testSecret, ...more },
  };
  return { queue, dead: `${queue}.dead-letter`, env };
}

async function startReceiver(env: Readonly<Record<string, string>>) {
  const receiver = await startTestReceiver({ env });
  await expect.poll(receiver.ready).toBe(true);
  const post = (body: string) =>
    postWebhook({
      ...{ url: new URL(`${receiver.url}/webhook`), body: Buffer.from(body), secret: testSecret },
      ...{ timeoutMs: 30_000 },
    });
  return { ...receiver, post };
}

describe('topics on RabbitMQ', () => {
  test('makes durable quorum queues, and changes nothing the second time', async () => {
    const { queue, dead, env } = createEnv({ RABBITMQ_QUEUE_COUNT: '2' });
    const dry = await runCommand(['topics', '--dry-run'], env);
    expect(dry.code).toBe(1);
    expect(dry.stdout).toMatch(new RegExp(`^${queue}.1 +missing`, 'm'));

    const made = await runCommand(['topics', '--setting', 'events:x-max-length=1000'], env);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    for (const name of [`${queue}.0`, `${queue}.1`, dead]) {
      expect(made.stdout).toMatch(new RegExp(`^${name} +created +1 +-$`, 'm'));
    }
    expect(made.stdout).toContain('drops the oldest events');
    // Declaring a queue again succeeds only if the settings are equal, so this proves that the queues have the expected
    // settings.
    await declareQueue(env.RABBITMQ_URL, dead, quorum);
    await declareQueue(env.RABBITMQ_URL, `${queue}.0`, { ...quorum, 'x-max-length': 1000 });

    const again = await runCommand(['topics', '--json'], env);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject([
      { topic: dead, outcome: 'present', differences: [] },
      { topic: `${queue}.0`, differences: [{ setting: 'x-max-length', wanted: 'not set', actual: '1000' }] },
      { topic: `${queue}.1` },
    ]);
  });

  test('makes no exchange, and says what there is to do', async () => {
    const { RABBITMQ_QUEUE: _, ...env } = createEnv().env;
    const { code, stdout } = await runCommand(['topics'], { ...env, RABBITMQ_EXCHANGE: 'not-there' });
    expect(code).toBe(1);
    expect(stdout).toContain('error: not-there: the exchange not-there does not exist');
  });

  test.each([
    [['--setting', 'retention.ms=5'], 'a queue argument'],
    [['--min-insync-replicas', '2'], 'a majority'],
    [['--dead-letter-partitions', '2'], 'one queue for dead letters'],
  ])('refuses %j, which is of Kafka', async (args, part) => {
    const { code, stderr } = await runCommand(['topics', ...args], createEnv().env);
    expect(code).toBe(2);
    expect(stderr).toContain(part);
  });
});

describe('check on RabbitMQ', () => {
  test('shows servers and queues, and never a password', async () => {
    const { queue, dead, env } = createEnv();
    await declareQueue(env.RABBITMQ_URL, queue);
    await declareQueue(env.RABBITMQ_URL, dead, { 'x-message-ttl': 5_000 });
    const url = `${env.RABBITMQ_URL},amqp://guest:hidden-word@127.0.0.1:1`;
    const refused = await runCommand(['check'], { ...env, RABBITMQ_URL: url });
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/^ERROR +configuration +RABBITMQ_URL: contains a password but no TLS/m);
    const { code, stdout, stderr } = await runCommand(['check'], {
      ...{ ...env, RABBITMQ_URL: url, ALLOW_PLAINTEXT: 'true' },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +store +RabbitMQ 4\.\S+ is reachable at amqp:\/\/127/m);
    expect(stdout).toMatch(/^WARNING +store +amqp:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/m);
    expect(stdout).toMatch(
      new RegExp(`^ok +topics +the queue ${queue} is durable and has the type quorum`, 'm'),
    );
    expect(stdout).toMatch(new RegExp(`^WARNING +topics +the queue ${dead} is a classic queue`, 'm'));
    expect(stdout).toMatch(new RegExp(`^WARNING +topics +the queue ${dead} has x-message-ttl 5000`, 'm'));
    expect(refused.stdout + refused.stderr + stdout + stderr).not.toContain('hidden-word');
  });

  test('says what it may not see', async () => {
    const { queue, env } = createEnv();
    await declareQueue(env.RABBITMQ_URL, queue);
    await declareQueue(env.RABBITMQ_URL, `${queue}.dead-letter`);
    const [node] = cluster.nodes;
    await node?.control('add_user', 'writer', 'writer');
    await node?.control('set_permissions', '-p', '/', 'writer', '', '.*', '');
    const url = env.RABBITMQ_URL.replace('guest:guest', 'writer:writer');
    const { code, stdout } = await runCommand(['check'], {
      ...{ ...env, RABBITMQ_URL: url, ALLOW_PLAINTEXT: 'true' },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^WARNING +topics +cannot check the settings of the queue .*: ACCESS_REFUSED/m);
  });
});

describe('replay on RabbitMQ', () => {
  test('loses none when it is killed, and replays again what it could not note', async () => {
    const { queue, dead, env } = createEnv();
    await runCommand(['topics'], env);
    const { post } = await startReceiver(env);
    const elements = Array.from({ length: 1_000 }, (_, index) => `{"id":"id-${index}", "n":1.0}`);
    expect((await post(`[${elements.join()}]`)).status).toBe(200);
    const more = { ...env, KEY_RULES: '*=id' };
    const count = (name: string) =>
      withChannel(cluster.url, async (channel) => (await channel.checkQueue(name)).messageCount);
    const killed = startCommand(['replay'], more);
    await expect.poll(() => count(queue), { interval: 5 }).toBeGreaterThan(50);
    killed.child.kill('SIGKILL');
    await killed.exited;
    // When the server detects that the process has ended, it requeues the messages that the process had not
    // acknowledged.
    await expect.poll(() => count(dead)).toBeGreaterThan(0);
    expect((await runCommand(['replay'], more)).code).toBe(0);

    const events = (await drainQueue(cluster.url, queue)).map(({ content }) => content.toString());
    expect(new Set(events)).toEqual(new Set(elements));
    // At most one batch of a hundred messages was stored but not yet marked as replayed, so at most a hundred messages
    // are stored twice.
    expect(events.length).toBeLessThanOrEqual(1_100);
    expect(await drainQueue(cluster.url, dead)).toEqual([]);
  });

  test('keeps a letter whose event cannot be stored', async () => {
    const { queue, dead, env } = createEnv();
    await runCommand(['topics'], env);
    const { post } = await startReceiver(env);
    await post('[{"id":"a"}]');
    await withChannel(cluster.url, (channel) => channel.deleteQueue(queue));
    const startedAt = performance.now();
    const { code, stderr } = await runCommand(['replay'], { ...env, KEY_RULES: '*=id' });
    expect([code, stderr]).toEqual([2, expect.stringContaining('does not exist')]);
    // The command must fail in less than 15 s, which is the time for which it waits for a server.
    expect(performance.now() - startedAt).toBeLessThan(14_000);
    expect(await drainQueue(cluster.url, dead)).toHaveLength(1);
  });

  test('keeps every letter of a queue that drops what is given back too often', async () => {
    const { dead, queue, env } = createEnv();
    await declareQueue(cluster.url, queue);
    await declareQueue(cluster.url, dead, { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 });
    const { post } = await startReceiver(env);
    await post('[7,8,9]');
    for (let run = 0; run < 8; run += 1) {
      const replay = () => runCommand(['replay', ...(run % 2 === 0 ? [] : ['--dry-run'])], env);
      // The messages that the previous run requeued may not be available yet. The command then reports other consumers,
      // so the test runs it again.
      await expect
        .poll(replay)
        .toMatchObject({ code: 1, stdout: expect.stringContaining('not_object'), stderr: '' });
    }
    const left = await drainQueue(cluster.url, dead);
    expect(left.map(({ content }) => content.toString()).toSorted()).toEqual(['7', '8', '9']);
    expect(left[0]?.properties.headers).toMatchObject({ reason: 'not_object', webhook: 'default' });
  });
});

test('tail refuses a queue of dead letters that drops what is given back, and to follow one', async () => {
  const { dead, env } = createEnv();
  await declareQueue(cluster.url, dead, { 'x-queue-type': 'quorum' });
  const refused = await runCommand(['tail', '--dead-letters', '--no-follow'], env);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('requeued 20 times')]);
  const followed = await runCommand(['tail', '--dead-letters'], env);
  expect([followed.code, followed.stderr]).toEqual([2, expect.stringContaining('--no-follow')]);
});
