import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendRecords, toEventRecord } from '../../support/append-records.ts';
import { declareQueue, withChannel } from '../../support/rabbitmq/declare-queue.ts';
import { type RabbitMqCluster, startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';
import { launchCommand, runCommand } from '../../support/run-command.ts';

let cluster: RabbitMqCluster;

beforeAll(async () => {
  cluster = await startRabbitMqCluster({ nodes: 1 });
});

afterAll(() => cluster?.stop());

async function createQueues() {
  const name = `events-${randomUUID().slice(0, 8)}`;
  const env = {
    RABBITMQ_URL: cluster.url,
    RABBITMQ_QUEUE: name,
    RABBITMQ_DEAD_LETTER_QUEUE: `${name}.dead`,
  };
  await runCommand(['topics'], env);
  await runCommand(['topics'], { ...env, RABBITMQ_QUEUE: `${name}.again` });
  const args = ['replay', '--from', 'events'];
  return {
    ...{ name, env },
    event: (key: string, revision: number, more?: string) =>
      toEventRecord(key, revision, more, { topic: name }),
    replay: (...more: string[]) => runCommand([...args, ...more], env),
    launch: (...more: string[]) => launchCommand([...args, ...more], env),
    drain: async (queue: string) =>
      (await drainQueue(cluster.url, queue)).map(({ properties }) => properties.headers ?? {}),
  };
}

describe('replay --from events on RabbitMQ', () => {
  test('moves what waits in a queue and is selected to another one; the others stay in their order', async () => {
    const { name, env, event, replay, drain } = await createQueues();
    const records = Array.from({ length: 250 }, (_, index) =>
      event(`m-${index}`, 1, index % 5 === 0 ? 'chat.create' : 'message.sent'),
    );
    await appendRecords(env, records);
    const args = ['--name', 'message.*', '--to', `${name}.again`];
    const dry = await replay(...args, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(new RegExp(`^message\\.sent +200 +would go to ${name}\\.again$`, 'm'));
    const done = await replay(...args);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toMatch(/^50 not selected$/m);

    const idsOf = (isMoved: boolean) =>
      records.filter((_, index) => (index % 5 !== 0) === isMoved).map(({ headers }) => headers.ce_id);
    const moved = await drain(`${name}.again`);
    expect(moved.map((headers) => headers.ce_id)).toEqual(idsOf(true));
    expect(moved[0]?.['repeated-from']).toBe(`${name}/1`);
    expect((await drain(name)).map((headers) => headers.ce_id)).toEqual(idsOf(false));
  });

  test('one that was stopped leaves what it has not moved to the next one', async () => {
    const { name, env, event, launch, replay, drain } = await createQueues();
    const records = Array.from({ length: 60 }, (_, index) => event(`m-${index}`, 1));
    await appendRecords(env, records);
    const stopped = launch('--to', `${name}.again`, '--rate', '20');
    await expect
      .poll(() =>
        withChannel(cluster.url, async (channel) => (await channel.checkQueue(`${name}.again`)).messageCount),
      )
      .toBeGreaterThan(5);
    stopped.interrupt();
    expect((await stopped.ended).code).toBe(1);
    expect((await replay('--to', `${name}.again`)).code).toBe(0);
    expect((await drain(`${name}.again`)).map((headers) => headers.ce_id)).toEqual(
      records.map(({ headers }) => headers.ce_id),
    );
    expect(await drain(name)).toEqual([]);
  });

  test('says why not, and what to do: without another queue, from an exchange, beside consumers', async () => {
    const { name, env, replay } = await createQueues();
    for (const args of [[], ['--to', name]]) {
      const refused = await replay(...args);
      expect([refused.code, refused.stderr]).toEqual([
        2,
        expect.stringContaining('Give --to with another queue'),
      ]);
    }
    const { RABBITMQ_QUEUE: _, ...others } = env;
    const exchange = await runCommand(['replay', '--from', 'events'], { ...others, RABBITMQ_EXCHANGE: name });
    expect([exchange.code, exchange.stderr]).toEqual([
      2,
      expect.stringContaining('an exchange keeps nothing. Put back what a queue keeps'),
    ]);
    await withChannel(cluster.url, async (channel) => {
      await channel.consume(name, () => {});
      const beside = await replay('--to', `${name}.again`);
      expect([beside.code, beside.stderr]).toEqual([2, expect.stringContaining('has 1 consumers')]);
    });
    const missing = await replay('--to', `${name}.none`);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining(`${name}.none`)]);
    await declareQueue(cluster.url, `${name}.stream`, { 'x-queue-type': 'stream' });
    const streaming = { ...env, RABBITMQ_QUEUE: `${name}.stream` };
    const stream = await runCommand(['replay', '--from', 'events', '--to', name], streaming);
    expect([stream.code, stream.stderr]).toEqual([2, expect.stringContaining('give it x-stream-offset')]);
    await declareQueue(cluster.url, `${name}.drops`, { 'x-queue-type': 'quorum' });
    const dropping = { ...env, RABBITMQ_QUEUE: `${name}.drops` };
    const drops = await runCommand(['replay', '--from', 'events', '--to', name], dropping);
    expect([drops.code, drops.stderr]).toEqual([1, expect.stringContaining('given back 20 times')]);
  });
});
