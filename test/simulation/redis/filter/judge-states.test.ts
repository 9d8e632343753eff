import { beforeEach, describe, expect, test } from 'vitest';
import { createGroup, type Keyspace, makeHash, makeStream } from '../keyspace.ts';
import { findRemainder, judgeStates } from './judge-states.ts';

const names = { streams: ['events'], group: 'filter', latest: 'latest', deadLetters: 'dead' };

describe('the judge of states', () => {
  let data: Keyspace;

  beforeEach(() => {
    data = new Map();
    const { groups } = makeStream(data, 'events');
    groups.set('filter', createGroup([9, 0]));
    add('events', 1, ['key', 'a', 'value', 'one', 'ce_id', '1', 'revision', '9']);
    add('events', 2, ['key', 'a', 'value', 'two', 'ce_id', '2', 'revision', '10']);
    add('events', 3, ['key', 'b', 'value', 'no event']);
    add('dead', 1, ['value', 'no event', 'source-offset', '3-0']);
    setState({ key: 'a', value: 'two', ce_id: '2', revision: '10' });
  });

  function add(stream: string, ms: number, fields: readonly string[]): void {
    makeStream(data, stream).entries.push({ id: [ms, 0], fields });
  }

  function setState(fields: Readonly<Record<string, string>>): void {
    const hash = makeHash(data, 'latest:a', 0);
    hash.fields.clear();
    for (const [name, value] of Object.entries(fields)) {
      hash.fields.set(name, value);
    }
  }

  test('finds nothing where each state has the highest revision', () => {
    expect(judgeStates(data, names)).toEqual([]);
  });

  test('finds an earlier state, and one that no event has made', () => {
    setState({ key: 'a', value: 'one', ce_id: '1', revision: '9' });
    expect(judgeStates(data, names)).toEqual(['latest:a has revision 9 instead of 10']);
    setState({ key: 'a', value: 'one', ce_id: '1', revision: '10' });
    expect(judgeStates(data, names).join()).toContain('latest:a has the fields of no event');
    data.delete('latest:a');
    expect(judgeStates(data, names)).toEqual(['latest:a has revision none instead of 10']);
  });

  test('takes an event without a revision for the state, beside the highest revision', () => {
    add('events', 4, ['key', 'a', 'value', 'three', 'ce_id', '3']);
    setState({ key: 'a', value: 'three', ce_id: '3', revision: '10' });
    expect(judgeStates(data, names)).toEqual([]);
    setState({ key: 'a', value: 'three', ce_id: '3' });
    expect(judgeStates(data, names)).toEqual(['latest:a has revision none instead of 10']);
  });

  test('finds a dead letter that is missing, or there twice', () => {
    add('dead', 2, ['value', 'no event', 'source-offset', '3-0']);
    expect(judgeStates(data, names).join()).toContain('2 dead letters for 1 entries');
    data.delete('dead');
    expect(judgeStates(data, names).join()).toContain('0 dead letters for 1 entries');
  });

  test('says what a group has not read, or not acknowledged', () => {
    const group = makeStream(data, 'events').groups.get('filter');
    expect(findRemainder(data, names)).toBe('events is read up to 9-0 of 3-0');
    Object.assign(group ?? {}, { lastId: [3, 0] });
    expect(findRemainder(data, names)).toBeUndefined();
    group?.pending.set('2-0', { id: [2, 0], consumer: 'one', deliveredAtMs: 0, deliveries: 1 });
    expect(findRemainder(data, names)).toBe('1 entries of events are not acknowledged');
    makeStream(data, 'events').groups.clear();
    expect(findRemainder(data, names)).toBe('events has no group');
  });
});
