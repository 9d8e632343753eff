import { expect, test } from 'vitest';
import { ensureStreams, listStreams, toStreamNames } from '../../../src/stores/redis/topic-streams.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { createRedisConfig } from '../../support/redis/redis-sink.ts';
import { sendAnswer, startRespServer } from '../../support/redis/resp-server.ts';

test('one stream has the name of its topic, several have numbers', () => {
  expect(toStreamNames('events', 1)).toEqual(['events']);
  expect(toStreamNames('events', 3)).toEqual(['events.0', 'events.1', 'events.2']);
});

test('topics that several registrations share are listed once, and dead letters have one stream', () => {
  const topics = [
    { events: 'a', deadLetter: 'dead' },
    { events: 'b', deadLetter: 'dead' },
    { events: 'a', deadLetter: 'dead' },
  ];
  expect(listStreams(topics, 2)).toEqual([
    { topic: 'dead', streams: ['dead'] },
    { topic: 'a', streams: ['a.0', 'a.1'] },
    { topic: 'b', streams: ['b.0', 'b.1'] },
  ]);
});

test('how many servers have a stream is told only to whom the server tells it', () =>
  inVirtualTime(async () => {
    const server = await startRespServer();
    const look = () =>
      ensureStreams({
        ...{
          config: createRedisConfig(server.url),
          topics: listStreams([{ events: 'a', deadLetter: 'b' }], 1),
        },
        ...{ expected: { replicas: 0, memoryOnly: false, maxBodyBytes: 1 }, dryRun: true },
      });
    const present = { outcome: 'present', replicationFactor: 1 };
    expect(await look()).toMatchObject([present, present]);
    server.answer = (next) =>
      sendAnswer({ ...next, bytes: next.args[0] === 'INFO' ? '-NOPERM no\r\n' : next.bytes });
    const hidden = { outcome: 'present', replicationFactor: undefined };
    expect(await look()).toMatchObject([hidden, hidden]);
  }));
