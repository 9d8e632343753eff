import { expect, test } from 'vitest';
import { EventFields } from '../../src/webhook/event-fields.ts';
import { type KeyRules, parseKeyRules } from '../../src/webhook/key-rules.ts';
import { planRecords } from '../../src/webhook/plan-records.ts';
import { parseTopicRules, type TopicRules } from '../../src/webhook/topic-rules.ts';
import { trustDeadLetter } from '../../src/webhook/verified-body.ts';

const facts = {
  webhook: 'w',
  topics: { events: 'events', deadLetter: 'dead' },
  commonHeaders: { 'received-at': '2024-01-01T00:00:00.000Z', webhook: 'w' },
};
const fields = new EventFields(parseKeyRules('*=id') as KeyRules);
const plan = (body: string) => planRecords(trustDeadLetter(Buffer.from(body)), facts, fields);

test('plans a record for each event, and a dead letter with its place for everything else', () => {
  const { events, batchIndexes, batchSize, deadLetters } = plan('[7,{"id":"a"},{},{"id":"b"}]');
  expect(events.map(({ topic, key, value }) => [topic, key, value.toString()])).toEqual([
    ['events', 'a', '{"id":"a"}'],
    ['events', 'b', '{"id":"b"}'],
  ]);
  expect([batchIndexes, batchSize]).toEqual([[1, 3], 4]);
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
});

test('keeps a body that cannot be split whole', () => {
  const { events, deadLetters } = plan('[{"id":"a"},');
  expect(events).toEqual([]);
  expect(deadLetters.map(({ reason, record }) => [reason, record.value.toString()])).toEqual([
    ['not_json', '[{"id":"a"},'],
  ]);
  expect(deadLetters[0]?.record.headers).not.toHaveProperty('batch-index');
});

test('sends each event to the topic that the rules have for its name, in the order of the body', () => {
  const rules = parseTopicRules('message.inbound=inbound;message.*=messages') as TopicRules;
  const names = ['message.read', 'chat.closed', 'message.inbound', 'message.sent', undefined, 7];
  const body = JSON.stringify([
    ...names.map((name, index) => ({ id: `${index}`, name })),
    { name: 'message.read' },
  ]);
  const { events, deadLetters } = planRecords(
    trustDeadLetter(Buffer.from(body)),
    { ...facts, topics: { ...facts.topics, rules } },
    fields,
  );
  expect(events.map(({ topic, key }) => [key, topic])).toEqual([
    ['0', 'messages'],
    ['1', 'events'],
    ['2', 'inbound'],
    ['3', 'messages'],
    ['4', 'events'],
    ['5', 'events'],
  ]);
  expect(deadLetters.map(({ record, reason }) => [record.topic, reason])).toEqual([['dead', 'no_key']]);
});

test('gives each event its own values, be they those of the event before or nearly', () => {
  const values = [
    ['a', 'space-1', 'message.read'],
    ['b', 'space-1', 'message.reaX'],
    ['b', 'space-2', 'message.reaX'],
    ['é', 'space-2', 'message.read'],
    ['b', 'space-1', 'message.re'],
    ['"', 'space 1', 'message.read.'],
  ];
  const body = JSON.stringify(values.map(([id, apiSpaceId, name]) => ({ id, apiSpaceId, name })));
  expect(plan(body).events.map(({ key, headers }) => [key, headers.ce_source, headers.ce_type])).toEqual(
    values.map(([id, space, name]) => [id, `urn:comapi:api-space:${encodeURIComponent(space ?? '')}`, name]),
  );
});

test('bodies are planned by the rules that are given with them', () => {
  const body = trustDeadLetter(Buffer.from('{"id":"a","x":"b"}'));
  const keyOf = (rules: string) =>
    planRecords(body, facts, new EventFields(parseKeyRules(rules) as KeyRules)).events.map(({ key }) => key);
  expect([keyOf('*=x'), keyOf('*=id'), keyOf('*=y'), keyOf('*=y,x')]).toEqual([['b'], ['a'], [], ['b']]);
});
