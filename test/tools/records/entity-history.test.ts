import { describe, expect, test } from 'vitest';
import { classifyEvents, mentionsId } from '../../../src/tools/records/entity-history.ts';
import { toPlaced } from './placed-record.ts';

describe('the life of an entity', () => {
  test('tells later states from obsolete and repeated ones, as the filter does', () => {
    const revisions = ['1', '3', '2', '3', '18446744073709551615'];
    const life = classifyEvents(
      revisions.map((revision, index) => toPlaced({ revision, eventId: `e-${index}` })),
    );
    expect(life.map(({ outcome }) => outcome)).toEqual(['later', 'later', 'obsolete', 'repeated', 'later']);
  });

  test('of a key that went to another partition begins in the first, whatever was read first', () => {
    const old = [1, 2].map((revision) =>
      toPlaced({ revision: String(revision), place: `events/0/${revision}`, storedAtMs: 1_000 }),
    );
    // Wrong timestamps do not change the order within a partition.
    const ahead = toPlaced({ revision: '3', place: 'events/0/3', storedAtMs: 9_000 });
    const moved = toPlaced({ revision: '4', place: 'events/7/0', storedAtMs: 2_000 });
    const life = classifyEvents([moved, ...old, ahead]);
    expect(life.map(({ facts, outcome }) => [facts.revision, outcome])).toEqual(
      ['1', '2', '3', '4'].map((revision) => [revision, 'later']),
    );
  });

  test('knows an event again that has no revision', () => {
    const life = classifyEvents([
      toPlaced({ eventId: 'e' }),
      toPlaced({ eventId: 'e' }),
      toPlaced({ eventId: 'f' }),
    ]);
    expect(life.map(({ outcome }) => outcome)).toEqual(['untracked', 'repeated', 'untracked']);
  });

  test('says what this product has sent by itself', () => {
    const headers = { ce_specversion: '1.0', ce_type: 'webhook.test', ce_subject: 'k', revision: '1' };
    expect(classifyEvents([toPlaced({ headers })])[0]?.outcome).toBe('own');
  });

  test('says what is no event', () => {
    const life = classifyEvents([toPlaced({ headers: {}, value: 'x' })]);
    expect(life[0]?.outcome).toBe('unreadable');
  });

  test('is judged in each topic by itself, and shown in the order of time', () => {
    const at = (topic: string, revision: string, storedAtMs: number) =>
      toPlaced({ topic, revision, storedAtMs });
    const life = classifyEvents([at('a', '2', 30), at('a', '3', 40), at('b', '1', 10), at('b', '2', 35)]);
    expect(life.map(({ record, outcome }) => `${record.storedAtMs} ${outcome}`)).toEqual([
      ...['10 later', '30 later', '35 later', '40 later'],
    ]);
  });
});

test('a dead letter mentions an identifier as it is, or as JSON has it', () => {
  expect(mentionsId({ value: Buffer.from('{"id":"m-1"}') }, 'm-1')).toBe(true);
  expect(mentionsId({ value: Buffer.from('{"id":"a\\"b"}') }, 'a"b')).toBe(true);
  expect(mentionsId({ value: Buffer.from('{"id":"m-2"}') }, 'm-1')).toBe(false);
});
