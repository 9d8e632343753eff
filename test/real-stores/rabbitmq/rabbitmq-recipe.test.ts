import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { quorum, withChannel } from '../../support/rabbitmq/declare-queue.ts';
import { startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const recipe = new URL('../../../docs/consume/rabbitmq/read-events.mjs', import.meta.url).pathname;
const entities = ['a', 'b', 'c'];
/** The last two revisions differ only in their last digit, which a double cannot represent. */
const revisions = ['5', '40', '18446744073709551614', '18446744073709551615'];

test('keeps the latest state, through repeats, states that are behind, and a kill', async () => {
  const { url, stop } = await startRabbitMqCluster({ nodes: 1 });
  onTestFinished(stop);
  const states = entities.flatMap((entity) => revisions.map((revision) => ({ entity, revision })));
  const round = [...states, ...states.toReversed(), ...states];
  await withChannel(url, async (channel) => {
    await channel.assertQueue('comapi.events', { durable: true, arguments: quorum });
    for (const { entity, revision } of [...round, ...Array.from({ length: 20 }, () => round).flat()]) {
      const headers = {
        ce_id: `${entity}-${revision}`,
        ce_type: 'message.read',
        ce_subject: entity,
        revision,
      };
      channel.sendToQueue('comapi.events', Buffer.from(`{"r":${revision}}`), { persistent: true, headers });
    }
    const canary = { ce_id: 'c', ce_type: 'webhook.test', ce_subject: 'canary', revision: '1' };
    channel.sendToQueue('comapi.events', Buffer.from('{}'), { persistent: true, headers: canary });
    await channel.waitForConfirms();
  });
  const directory = temporaryDirectory();
  let printed = '';

  function start() {
    const env = { PATH: process.env.PATH, RABBITMQ_URL: url, DATABASE: join(directory, 'states.sqlite') };
    const child = spawn(process.execPath, [recipe], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.on('data', (data: Buffer) => {
      printed += data.toString();
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }

  const first = start();
  await expect.poll(() => printed).toContain('a 40');
  first.kill('SIGKILL');
  await once(first, 'close');
  start();
  // No message is waiting or unacknowledged, because the consumer has acknowledged every message.
  await expect
    .poll(() => withChannel(url, async (channel) => (await channel.checkQueue('comapi.events')).messageCount))
    .toBe(0);
  const lines = printed.trim().split('\n');
  for (const entity of entities) {
    const own = lines
      .filter((line) => line.startsWith(`${entity} `))
      .map((line) => BigInt(line.split(' ')[1] ?? ''));
    expect(own.at(-1)).toBe(18_446_744_073_709_551_615n);
    expect(own).toEqual(own.toSorted((x, y) => (x < y ? -1 : 1)));
    expect(new Set(own).size).toBe(own.length);
  }
  expect(printed).not.toContain('canary');
});
