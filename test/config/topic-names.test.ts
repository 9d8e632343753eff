import { expect, test } from 'vitest';
import { readTopicNames } from '../../src/config/topic-names.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';

test('has the documented defaults, and the names that are set', () => {
  expect(readTopicNames({}, [])).toEqual({
    events: 'comapi.events',
    deadLetter: 'comapi.events.dead-letter',
    latest: 'comapi.events.latest',
  });
  expect(readTopicNames({ KAFKA_LATEST_TOPIC: 'state' }, []).latest).toBe('state');
});

test.each(['no spaces', 'a/b', 'a'.repeat(250)])('refuses the name %s', (name) => {
  const problems: ConfigProblem[] = [];
  readTopicNames({ KAFKA_DEAD_LETTER_TOPIC: name }, problems);
  expect(problems.map(({ variable }) => variable)).toEqual(['KAFKA_DEAD_LETTER_TOPIC']);
});
