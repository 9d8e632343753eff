import { describe, expect, test } from 'vitest';
import type { DeadLetter } from '../../../src/ports/dead-letter.ts';
import { appendReplay, planReplay } from '../../../src/tools/replay/run-replay.ts';
import { EventFields } from '../../../src/webhook/event-fields.ts';
import { type KeyRules, parseKeyRules } from '../../../src/webhook/key-rules.ts';
import { planRecords } from '../../../src/webhook/plan-records.ts';
import { parseTopicRules, type TopicRules } from '../../../src/webhook/topic-rules.ts';
import type { VerifiedBody } from '../../../src/webhook/verified-body.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createMemorySink } from '../../support/memory-sink.ts';

const topics = { events: 'e', deadLetter: 'd', latest: 'l' };
const rules = parseTopicRules('chat.*=chats') as TopicRules;
const recordRules = { keyRules: parseKeyRules('*=id') as KeyRules, recordHeaders: {} };
const deps = {
  eventFields: new EventFields(recordRules.keyRules),
  recordRules,
  topicsOf: () => topics,
};

const facts = {
  webhook: 'crm',
  topics,
  commonHeaders: { 'received-at': '2026-01-02T03:04:05.000Z', webhook: 'crm' },
};

const letter = (text: string, isElement = false): DeadLetter => ({
  bytes: Buffer.from(text),
  reason: 'no_key',
  webhook: 'crm',
  receivedAt: '2026-01-02T03:04:05.000Z',
  isElement,
  headers: facts.commonHeaders,
  place: 'd/0/7',
});

describe('planReplay', () => {
  test.each([
    ['{"id":"a"}', false, { kind: 'replayed', topics: ['e'], events: 1 }],
    ['[{"id":"a"},{"id":"b"}]', false, { kind: 'replayed', topics: ['e'], events: 2 }],
    ['[{"id":"a"},7]', false, { kind: 'replayed', topics: ['e'], events: 1 }],
    ['{"other":"a"}', false, { kind: 'failed', reason: 'no_key' }],
    ['[7]', false, { kind: 'failed', reason: 'not_object' }],
    [' [{"id":"a"}]', true, { kind: 'failed', reason: 'not_object' }],
    ['\ufeff[{"id":"a"}]', true, { kind: 'failed', reason: 'not_object' }],
    [`\ufeff${' '.repeat(100)}[{"id":"a"},7]`, true, { kind: 'failed', reason: 'not_object' }],
    ['\ufeff[{"id":"a"}]', false, { kind: 'replayed', topics: ['e'], events: 1 }],
  ])('%s (an element: %s)', (text, isElement, outcome) => {
    expect(planReplay(letter(text, isElement), deps).outcome).toEqual(outcome);
  });

  test('an element that was too deep, and was not looked into, gives no event', () => {
    const deep = `${'['.repeat(1_000)}${']'.repeat(1_000)}`;
    const element = `\ufeff[{"id":"a"},${deep}]`;
    const body = Buffer.from(`[${element},{"id":"b"}]`);
    const plan = planRecords(body as VerifiedBody, facts, deps.eventFields);
    expect(plan.deadLetters.map(({ reason, record }) => [reason, record.headers['batch-index']])).toEqual([
      ['too_deep', '0'],
    ]);
    const [dead] = plan.deadLetters.map(({ record }) => record.value.toString());
    expect(dead).toBe(element);
    expect(planReplay(letter(element, true), deps).outcome).toEqual({ kind: 'failed', reason: 'not_object' });
  });

  test('each record names the place that it was replayed from', () => {
    const { plan } = planReplay(letter('[{"id":"a"},{"id":"b"}]'), deps);
    expect(plan.events.map(({ headers }) => headers['replayed-from'])).toEqual(['d/0/7', 'd/0/7']);
  });
});

test('each event goes where the rules of its registration send it', () => {
  const topicsOf = (webhook: string) => ({ ...topics, ...(webhook === 'crm' && { rules }) });
  const body = '[{"id":"a","name":"chat.closed"},{"id":"b","name":"message.read"},{"id":"c"},7]';
  const planned = planReplay(letter(body), { ...deps, topicsOf });
  expect(planned.plan.events.map(({ topic, key }) => [topic, key])).toEqual([
    ['chats', 'a'],
    ['e', 'b'],
    ['e', 'c'],
  ]);
  expect(planned.plan.deadLetters.map(({ record }) => record.topic)).toEqual(['d']);
  expect(planned.outcome).toEqual({ kind: 'replayed', topics: ['chats', 'e'], events: 3 });
  const other = planReplay({ ...letter(body), webhook: 'other' }, { ...deps, topicsOf });
  expect(other.outcome).toEqual({ kind: 'replayed', topics: ['e'], events: 3 });
});

describe('appendReplay', () => {
  const append = async (text: string, reject: (key: string | null) => boolean) => {
    const sink = createMemorySink();
    sink.reject = ({ topic, key }) => (topic === 'e' && reject(key) ? 'too_large' : undefined);
    const outcome = await appendReplay(planReplay(letter(text), deps), sink, deadlineIn(1_000));
    return { outcome, stored: sink.records.map(({ topic }) => topic) };
  };

  test('a single event that is rejected stays where it is', async () => {
    expect(await append('{"id":"a"}', () => true)).toEqual({
      outcome: { kind: 'failed', reason: 'too_large' },
      stored: [],
    });
  });

  test('of several the rejected ones become new dead letters', async () => {
    expect(await append('[{"id":"a"},{"id":"b"}]', (key) => key === 'b')).toEqual({
      outcome: { kind: 'replayed', topics: ['e'], events: 1 },
      stored: ['e', 'd'],
    });
  });

  test('what would fail again is not appended', async () => {
    expect(await append('[7]', () => false)).toEqual({
      outcome: { kind: 'failed', reason: 'not_object' },
      stored: [],
    });
  });
});
