import { expect, test } from 'vitest';
import { createNameTest, UnselectedNames } from '../../../src/tools/records/select-records.ts';
import { toPlaced } from './placed-record.ts';

const sent = toPlaced({ name: 'message.sent' });
const chat = toPlaced({
  name: 'chat.create',
  headers: { ce_specversion: '1.0', ce_type: 'chat.create', webhook: 'b' },
});
const letter = toPlaced({
  key: null,
  headers: { reason: 'no_key', webhook: 'b' },
  value: '{"name":"message.read"}',
});
const all = [sent, chat, letter];

test.each([
  [undefined, all],
  [['message.sent'], [sent]],
  [['message.*'], [sent, letter]],
  [
    ['message.sent', 'chat.*'],
    [sent, chat],
  ],
  [['message'], []],
])('%j selects what it names', (names, wanted) => {
  expect(all.filter(createNameTest(names))).toEqual(wanted);
});

test('the names of what was not wanted are listed, ten of them', () => {
  const describe = (count: number) => {
    const unwanted = new UnselectedNames();
    unwanted.add(Array.from({ length: count }, (_, index) => toPlaced({ name: `${index}` })));
    return unwanted.describe();
  };
  expect(describe(10)).toBe(
    'None of the 10 records matches --name. They have these names: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9.',
  );
  expect(describe(12)).toMatch(/^None of the 12 records .*, 9, …\.$/);
});
