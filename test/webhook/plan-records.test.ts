import { expect, test } from 'vitest';
import { type KeyRules, parseKeyRules } from '../../src/webhook/key-rules.ts';
import { planRecords } from '../../src/webhook/plan-records.ts';
import { readmitDeadLetter } from '../../src/webhook/readmit-dead-letter.ts';

const facts = {
  webhook: 'w',
  topic: 'events',
  deadLetterTopic: 'dead',
  receivedAt: '2024-01-01T00:00:00.000Z',
};
const keyRules = parseKeyRules('*=id') as KeyRules;
const plan = (body: string) => planRecords(readmitDeadLetter(Buffer.from(body)), facts, keyRules);

test('plans a record for each event, and a dead letter with its place for everything else', () => {
  const { events, batchIndexes, deadLetters, facts: shared } = plan('[7,{"id":"a"},{},{"id":"b"}]');
  expect(events.map(({ topic, key, value }) => [topic, key, value.toString()])).toEqual([
    ['events', 'a', '{"id":"a"}'],
    ['events', 'b', '{"id":"b"}'],
  ]);
  expect(batchIndexes).toEqual([1, 3]);
  expect(
    deadLetters.map(({ reason, record: { topic, key, value, headers } }) => [
      reason,
      topic,
      key,
      value.toString(),
      headers['batch-index'],
      headers['batch-size'],
    ]),
  ).toEqual([
    ['not_object', 'dead', null, '7', '0', '4'],
    ['no_key', 'dead', null, '{}', '2', '4'],
  ]);
  expect(shared).toEqual({ ...facts, batchSize: 4 });
});

test('keeps a body that cannot be split whole', () => {
  const { events, deadLetters } = plan('[{"id":"a"},');
  expect(events).toEqual([]);
  expect(deadLetters.map(({ reason, record }) => [reason, record.value.toString()])).toEqual([
    ['not_json', '[{"id":"a"},'],
  ]);
  expect(deadLetters[0]?.record.headers).not.toHaveProperty('batch-index');
});
