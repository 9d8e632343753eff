import { expect, test } from 'vitest';
import { findViewProblem } from '../../../src/kafka/topics/find-view-problem.ts';

const partitions = [{ leader: 1, replicas: [1], inSyncCount: 1 }];

test.each([
  ['that the view does not have', undefined, 'does not exist: create it with "comapi-webhook topics"'],
  ['that does not exist', { errorCode: 3, partitions: [] }, 'the topic events does not exist'],
  ['that may not be described', { errorCode: 29, partitions: [] }, 'TOPIC_AUTHORIZATION_FAILED (29)'],
  ['without partitions', { errorCode: 5, partitions: [] }, 'the topic events is not ready (code 5)'],
])('names the problem of a topic %s', (_, view, words) => {
  expect(findViewProblem('events', view)).toContain(words);
});

test('finds nothing wrong with a topic that has partitions, whether they have leaders or not', () => {
  expect(findViewProblem('events', { errorCode: 0, partitions })).toBeUndefined();
  expect(findViewProblem('events', { errorCode: 5, partitions })).toBeUndefined();
});
