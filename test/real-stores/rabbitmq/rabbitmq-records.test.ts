import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendRecords, toDeadLetterRecord, toEventRecord } from '../../support/append-records.ts';
import { declareQueue } from '../../support/rabbitmq/declare-queue.ts';
import { type RabbitMqCluster, startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';
import { runCommand } from '../../support/run-command.ts';

let cluster: RabbitMqCluster;

beforeAll(async () => {
  cluster = await startRabbitMqCluster({ nodes: 1 });
});

afterAll(() => cluster?.stop());

function createEnv() {
  const name = `events-${randomUUID().slice(0, 8)}`;
  const dead = `${name}.dead-letter`;
  return { name, dead, env: { RABBITMQ_URL: cluster.url } };
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
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('given back 20 times')]);
    const followed = await runCommand(['tail', '--dead-letters'], env);
    expect([followed.code, followed.stderr]).toEqual([2, expect.stringContaining('--no-follow')]);
    const latest = await runCommand(['tail', '--latest'], env);
    expect([latest.code, latest.stderr]).toEqual([2, expect.stringContaining('has no latest states')]);
  });
});

test('events of an exchange are not shown', async () => {
  const { name, env } = createEnv();
  for (const layout of [{ RABBITMQ_QUEUE: name }, { RABBITMQ_EXCHANGE: name }]) {
    const { code, stderr } = await runCommand(['tail'], { ...env, ...layout });
    expect([code, stderr]).toEqual([2, expect.stringContaining('an exchange keeps nothing')]);
  }
});
