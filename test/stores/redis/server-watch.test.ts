import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { defaultRedisSettings } from '../../../src/stores/redis/redis-connection.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { createRedisConfig, startRedisSink } from '../../support/redis/redis-sink.ts';
import { type NextAnswer, sendAnswer, startRespServer, toBulk } from '../../support/redis/resp-server.ts';
import { waitUntil } from '../../support/wait-until.ts';

const openAfterMs = 10_000;

const tell =
  (command: string, text: string) =>
  (next: NextAnswer): NextAnswer =>
    next.args[0] === command ? { ...next, bytes: text } : next;

test('a server that could not be looked at is looked at again in 5 s', () =>
  inVirtualTime(async () => {
    const server = await startRespServer();
    const { sink, started } = startRedisSink(createRedisConfig(server.url));
    await started;
    let looks = 0;
    server.answer = (next) => {
      if (next.args[0] === 'INFO') {
        looks += 1;
        next.socket.destroy();
      } else {
        sendAnswer(next);
      }
    };
    await delay(2 * defaultRedisSettings.checkIntervalMs - 1_000);
    expect(looks).toBeGreaterThan(9);
    await sink.close();
  }));

test.each([
  [
    'its append-only file',
    tell('INFO', toBulk('redis_version:7.2.4\r\naof_enabled:0\r\nrole:master')),
    'the server has no append-only file',
  ],
  [
    'the room for what it keeps',
    tell(
      'INFO',
      toBulk('redis_version:7.2.4\r\naof_enabled:1\r\nmaxmemory:9\r\nmaxmemory_policy:allkeys-lru'),
    ),
    'Set maxmemory-policy to noeviction',
  ],
  ['its sync', tell('CONFIG', `*2\r\n${toBulk('appendfsync')}${toBulk('no')}`), 'appendfsync no'],
])('a server that loses %s while it is connected gets no record until it has it again', (_what, lose, says) =>
  inVirtualTime(async () => {
    const server = await startRespServer();
    const { sink, started, log } = startRedisSink(createRedisConfig(server.url));
    const append = () => sink.append([createRecord('events', 'a')], deadlineIn(1_000));
    await started;
    expect(await append()).toEqual([]);

    let written = 0;
    server.answer = (next) => {
      written += next.args[0] === 'XADD' ? 1 : 0;
      sendAnswer(lose(next));
    };
    await delay(2 * defaultRedisSettings.checkIntervalMs + openAfterMs);
    expect(sink.health()).toMatchObject({ up: false, detail: expect.stringContaining(says) });
    await expect(append()).rejects.toThrow();
    expect(written).toBe(0);

    server.answer = sendAnswer;
    await waitUntil(async () => (await append()).length === 0, {
      timeoutMs: 30_000,
      what: 'it is taken again',
    });
    // Each problem is logged only once, although many checks find it.
    const told = log.lines.filter(({ level }) => level !== 'debug');
    expect(told.map(({ level, msg }) => [level, msg])).toEqual([
      ['warn', expect.stringContaining('the server has no replica')],
      ['error', expect.stringContaining(says)],
      ['warn', expect.stringMatching(/^cannot connect to redis: /)],
      [
        'error',
        'redis accepts no records. Until redis recovers, deliveries go to the spool if SPOOL_DIR is set, otherwise they get 503',
      ],
      ['info', 'redis accepts records again'],
    ]);
    await sink.close();
  }),
);
