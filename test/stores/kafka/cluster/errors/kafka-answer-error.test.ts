import { expect, test } from 'vitest';
import {
  checkErrorCode,
  findErrorCode,
  findKind,
  formatKafkaError,
  type RequestContext,
} from '../../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';

const asked = { api: 'Fetch', topic: 'events' } as const;

test('code 0 is success', () => {
  expect(() => checkErrorCode(0, 'reading', asked)).not.toThrow();
});

test.each([
  [6, 'reroute'],
  [10, 'reject'],
  [14, 'wait'],
  [74, 'reroute'],
  [90, 'fenced'],
  [7, 'wait'],
  [8, 'reroute'],
  [13, 'reroute'],
  [72, 'reroute'],
  [88, 'wait'],
  [1, 'fail'],
  [29, 'fail'],
  [-1, 'fail'],
  [999, 'fail'],
])('error %s asks to %s', (errorCode, kind) => {
  expect(() => checkErrorCode(errorCode, 'reading', asked)).toThrow(
    expect.objectContaining({ name: 'KafkaAnswerError', kind, errorCode }),
  );
});

test('the message says what was done, the error and the right that is missing', () => {
  expect(() => checkErrorCode(29, 'reading events-0', asked)).toThrow(
    /^reading events-0: TOPIC_AUTHORIZATION_FAILED \(29\): this client lacks the permission Read on topic events/,
  );
});

test("the code of a broker's error is found, also from within the causes of another one", () => {
  const refused = Object.assign(new Error('refused'), { name: 'KafkaJSProtocolError', code: 58 });
  expect(findErrorCode(new Error('retries exceeded', { cause: refused }))).toBe(58);
});

test.each([new Error('own'), Object.assign(new Error('system'), { code: 5 }), 'odd'])(
  'what is no error of a broker has no code',
  (odd) => {
    expect(findErrorCode(odd)).toBeUndefined();
  },
);

test.each(['Produce', 'CreateTopics', 'OffsetCommit', 'EndTxn', 'InitProducerId', 'JoinGroup'] as const)(
  'what may have been done by half is not requested again: %s',
  (api) => {
    expect([7, 8, 13, 72, 88].map((code) => findKind(code, api))).toEqual(Array(5).fill('fail'));
    expect(findKind(6, api)).toBe('reroute');
  },
);

test('the sentence has name, code, the right and how to grant it', () => {
  expect(formatKafkaError(29, { api: 'Fetch', topic: 'events' })).toBe(
    'TOPIC_AUTHORIZATION_FAILED (29): this client lacks the permission Read on topic events, which the request Fetch needs: ' +
      'grant this permission to this client\'s principal, for example with "kafka-acls --add --allow-principal User:… --operation Read --topic events"',
  );
});

test('an error that stays says what to do, and one that passes only its name', () => {
  expect(formatKafkaError(44, { api: 'CreateTopics', topic: 't' })).toBe(
    "POLICY_VIOLATION (44): a policy of the cluster forbids this: see the broker's log",
  );
  expect(formatKafkaError(6, { api: 'Fetch', topic: 't' })).toBe('NOT_LEADER_OR_FOLLOWER (6)');
});

const names = { topic: 'events', group: 'filters', transactionalId: 'filters-0' };

test.for<[number, RequestContext['api'], string]>([
  [29, 'Metadata', 'Describe on topic events'],
  [29, 'Produce', 'Write on topic events'],
  [53, 'Produce', 'Write on transactional-id filters-0'],
  [29, 'ListOffsets', 'Describe on topic events'],
  [53, 'FindCoordinator', 'Describe on transactional-id filters-0'],
  [30, 'OffsetFetch', 'Describe on group filters'],
  [30, 'AddOffsetsToTxn', 'Read on group filters'],
  [31, 'CreateTopics', 'Create on the cluster'],
])('error %s of %s tells that the right %s is missing', ([errorCode, api, expected]) => {
  expect(formatKafkaError(errorCode, { api, ...names })).toContain(
    `: this client lacks the permission ${expected}, which the request ${api} needs`,
  );
});

test('an error that is no refusal, or of what was not asked about, misses no right', () => {
  expect(formatKafkaError(3, { api: 'Fetch', ...names })).not.toContain('no right');
  expect(formatKafkaError(30, { api: 'Fetch', ...names })).toBe('GROUP_AUTHORIZATION_FAILED (30)');
  expect(formatKafkaError(29, { api: 'Fetch' })).toBe('TOPIC_AUTHORIZATION_FAILED (29)');
});
