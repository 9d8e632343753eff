import { expect, test } from 'vitest';
import { createNameTest } from '../../../src/tools/records/select-records.ts';
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
