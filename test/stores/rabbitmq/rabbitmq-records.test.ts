import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { appendRecords, keysOf, toDeadLetterRecord, toEventRecord } from '../../support/append-records.ts';
import { declareQueue, withChannel } from '../../support/rabbitmq/declare-queue.ts';
import { type RabbitMqCluster, startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';
import { launchCommand, runCommand } from '../../support/run-command.ts';

let cluster: RabbitMqCluster;

beforeAll(async () => {
  cluster = await startRabbitMqCluster({ nodes: 1 });
});

afterAll(() => cluster?.stop());

function createEnv() {
  const name = `events-${randomUUID().slice(0, 8)}`;
  const dead = `${name}.dead`;
  return { name, dead, env: { RABBITMQ_URL: cluster.url, RABBITMQ_DEAD_LETTER_QUEUE: dead } };
}

describe('on queues', () => {
  test('dead letters are shown, and lie where they lay; events are refused', async () => {
    const { name, dead, env: given } = createEnv();
    const env = { ...given, RABBITMQ_QUEUE: name };
    await runCommand(['topics'], env);
    const letters = Array.from({ length: 150 }, (_, index) => toDeadLetterRecord(`{"n":"n-${index}"}`, dead));
    await appendRecords(env, letters);
    await appendRecords(env, [toEventRecord('m-1', 1, 'message.sent', { topic: name })]);

    const shown = await runCommand(['tail', '--dead-letters', '--no-follow'], env);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout.match(/"n":"n-\d+"/g)).toEqual(letters.map((_, index) => `"n":"n-${index}"`));
    const found = await runCommand(['find', 'n-149'], env);
    expect(found.code).toBe(0);
    expect(found.stdout).toMatch(/^events: not known: a queue gives each event to one consumer/m);
    expect(found.stdout).toMatch(/^dead letters: .*, no_key$/m);

    const events = await runCommand(['tail'], env);
    expect([events.code, events.stderr]).toEqual([2, expect.stringContaining('Give --dead-letters')]);
    const left = await drainQueue(cluster.url, dead);
    expect(left.map(({ content }) => String(content))).toEqual(letters.map(({ value }) => String(value)));
    expect(await drainQueue(cluster.url, name)).toHaveLength(1);
  });

  test('a queue that drops what is given back is refused, and so are states and following', async () => {
    const { name, dead, env: given } = createEnv();
    const env = { ...given, RABBITMQ_QUEUE: name };
    await declareQueue(cluster.url, dead, { 'x-queue-type': 'quorum' });
    const refused = await runCommand(['tail', '--dead-letters', '--no-follow'], env);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('given back 20 times')]);
    const followed = await runCommand(['tail', '--dead-letters'], env);
    expect([followed.code, followed.stderr]).toEqual([2, expect.stringContaining('--no-follow')]);
    const latest = await runCommand(['tail', '--latest'], env);
    expect([latest.code, latest.stderr]).toEqual([2, expect.stringContaining('has no latest states')]);
  });
});

describe('on an exchange', () => {
  async function createExchange(type: string) {
    const { name, dead, env: given } = createEnv();
    const env = { ...given, RABBITMQ_EXCHANGE: name };
    await declareQueue(cluster.url, dead);
    await declareQueue(cluster.url, `${name}.own`);
    await withChannel(cluster.url, async (channel) => {
      await channel.assertExchange(name, type, { durable: true });
      await channel.bindQueue(`${name}.own`, name, type === 'topic' ? '#' : 'm-1');
    });
    return { name, env, event: (key: string) => toEventRecord(key, 1, 'message.sent', { topic: name }) };
  }

  test('events are shown with --bind alone, while others get them too; the queue ends with the command', async () => {
    const { name, env, event } = await createExchange('topic');
    const refused = await runCommand(['tail'], env);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/With --bind .* lost with this command/),
    ]);
    const tail = launchCommand(['tail', '--bind'], env);
    onTestFinished(() => tail.interrupt());
    let sent = 0;
    await expect
      .poll(
        async () => {
          sent += 1;
          await appendRecords(env, [event(`m-${sent}`)]);
          return tail.stdout();
        },
        { interval: 500 },
      )
      .toContain(`"topic":"${name}"`);
    expect(keysOf(tail.stdout())[0]).toMatch(/^m-\d+$/);
    tail.interrupt();
    expect((await tail.ended).code).toBe(0);
    expect((await drainQueue(cluster.url, `${name}.own`)).length).toBe(sent);
    const [node] = cluster.nodes;
    await expect
      .poll(async () => String(await node?.control('list_queues', 'name')))
      .not.toContain('amq.gen');
  });

  test('a direct exchange shows one key', async () => {
    const { env } = await createExchange('direct');
    const { code, stderr } = await runCommand(['tail', '--bind'], env);
    expect([code, stderr]).toEqual([2, expect.stringContaining('give --key')]);
  });
});
