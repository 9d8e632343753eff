import { beforeAll, describe, expect, test } from 'vitest';
import { readTopic } from '../support/kafka/read-topic.ts';
import { waitUntil } from '../support/wait-until.ts';
import { install, startReceiver, toEvent } from './installation.ts';
import { buildKfake } from './start-kfake.ts';

beforeAll(async () => {
  await buildKfake();
});

describe('the receiver', () => {
  test('stores singles and batches before it answers, and dead letters', async () => {
    const { env, topics, brokers } = await install();
    const { post } = await startReceiver(env);
    const events = Array.from({ length: 300 }, (_, index) => toEvent(String(index % 40), index));
    expect((await post(events[0] as string)).status).toBe(200);
    expect((await post(`[${events.slice(1).join()},7]`)).status).toBe(200);
    expect((await post('not json')).status).toBe(200);
    const stored = await readTopic({ bootstrap: brokers.bootstrap, topic: topics.events });
    expect(stored.map(({ value }) => String(value)).toSorted()).toEqual(events.toSorted());
    const letters = await readTopic({ bootstrap: brokers.bootstrap, topic: topics.deadLetter });
    expect(letters.map(({ headers }) => String(headers.reason)).toSorted()).toEqual([
      'not_json',
      'not_object',
    ]);
  });

  test('waits as long as a throttle says, and stores what was refused then', async () => {
    const { env, topics, brokers } = await install();
    const { post } = await startReceiver(env);
    await brokers.tell('throttle 1500');
    const startedAt = performance.now();
    expect((await post(toEvent('throttled'))).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(1_400);
    expect(await readTopic({ bootstrap: brokers.bootstrap, topic: topics.events })).toHaveLength(1);
  });

  test('goes on in a topic that was deleted and made again', async () => {
    const { env, topics, brokers } = await install();
    const { post } = await startReceiver(env);
    expect((await post(toEvent('before'))).status).toBe(200);
    await brokers.tell(`recreate ${topics.events} 3`);
    await waitUntil(async () => (await post(toEvent('after'))).status === 200, {
      ...{ timeoutMs: 30_000, what: 'an event is stored in the new topic' },
    });
    const stored = await readTopic({ bootstrap: brokers.bootstrap, topic: topics.events });
    expect(stored.some(({ value }) => String(value) === toEvent('after'))).toBe(true);
  });
});
