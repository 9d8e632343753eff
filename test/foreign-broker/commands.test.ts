import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { simulateAndCompare } from '../support/compare-stored.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { runCommand } from '../support/run-command.ts';
import { install, startReceiver, toEvent } from './installation.ts';
import { buildKfake } from './start-kfake.ts';

beforeAll(async () => {
  await buildKfake();
});

describe('the commands', () => {
  test('check finds nothing, but says so when settings are not reported', async () => {
    const { env, brokers } = await install();
    expect(await runCommand(['check'], env)).toMatchObject({ code: 0 });
    await brokers.tell('hide');
    const { stdout } = await runCommand(['check'], env);
    expect(stdout).toContain('min.insync.replicas');
    const { post } = await startReceiver(env);
    expect((await post(toEvent('hidden'))).status).toBe(200);
  });

  test('topics changes nothing the second time', async () => {
    const { env } = await install();
    const again = await runCommand(['topics', '--partitions', '3'], env);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).not.toContain('created');
  });

  test('replay puts dead letters back', async () => {
    const { env, topics, brokers } = await install();
    const { post } = await startReceiver(env);
    expect((await post('[{"id":"a","n":1.0},{"id":"b"},7]')).status).toBe(200);
    const replayed = await runCommand(['replay', '--group', `replay-${randomUUID()}`], {
      ...env,
      KEY_RULES: '*=id',
    });
    expect(replayed.stderr).toBe('');
    expect(replayed.stdout).toMatch(/no_key +default +2/);
    const stored = await readTopic({ bootstrap: brokers.bootstrap, topic: topics.events });
    expect(stored.map(({ value }) => String(value)).toSorted()).toEqual(['{"id":"a","n":1.0}', '{"id":"b"}']);
  });

  test('every event of simulate is stored as it was sent', async () => {
    const { env } = await install();
    const { receiver } = await startReceiver(env);
    const args = ['--rate', '100', '--duration', '3s', '--time-scale', '20'];
    const compared = await simulateAndCompare(`${receiver.url}/webhook`, args, { env });
    expect(compared).toMatchObject({ code: 0, sent: 300, accepted: 300, problems: [] });
  });
});
