import { expect, test } from 'vitest';
import { listStreams, toStreamNames } from '../../../src/stores/redis/topic-streams.ts';

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
