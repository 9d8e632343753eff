import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declareQueue } from '../../support/rabbitmq/declare-queue.ts';
import { type RabbitMqCluster, startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
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
