import { describe, expect, test } from 'vitest';
import { type DeadLetter, isSelected, toDeadLetter } from '../../src/ports/dead-letter.ts';

const headers = { reason: 'no_key', webhook: 'w', 'received-at': '1970-01-01T00:00:10.000Z' };
const value = Buffer.from('{}');
const toLetter = (own: Readonly<Record<string, string>>, place = '') =>
  toDeadLetter({ value, headers: own, place });

test('reads a whole body and an element of a batch', () => {
  expect(toLetter(headers, 'dead/0/1')).toEqual({
    bytes: value,
    reason: 'no_key',
    webhook: 'w',
    receivedAt: '1970-01-01T00:00:10.000Z',
    isElement: false,
    headers,
    place: 'dead/0/1',
  });
  expect(toLetter({ ...headers, 'batch-index': '0' })).toMatchObject({ isElement: true });
});

test.each([
  ['reason', undefined],
  ['webhook', undefined],
  ['received-at', undefined],
  ['source-topic', 'events'],
])('is none when the header %s is %s', (name, own) => {
  const { [name as 'reason']: _, ...others } = headers as Record<string, string>;
  expect(toLetter(own === undefined ? others : { ...others, [name]: own })).toBeUndefined();
});

describe('a selection', () => {
  const letter = toLetter(headers) as DeadLetter;

  test.each([
    [{}, true],
    [{ reasons: ['too_deep', 'no_key'], webhooks: ['w'] }, true],
    [{ reasons: ['too_deep'] }, false],
    [{ webhooks: [] }, false],
    [{ sinceMs: 10_000, untilMs: 10_001 }, true],
    [{ sinceMs: 10_001 }, false],
    [{ untilMs: 10_000 }, false],
  ])('of %o: %s', (selection, selected) => {
    expect(isSelected(letter, selection)).toBe(selected);
  });
});
