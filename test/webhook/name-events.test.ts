import { expect, test } from 'vitest';
import { nameEvents } from '../../src/webhook/name-events.ts';

const eventOf = (key: string | null, id = 'e') => ({
  topic: 't',
  key,
  value: Buffer.from('{"text":"content"}'),
  headers: { ce_type: 'message.delivered', ce_id: id, ce_subject: 'subject' },
});

test('an event has its name, its id and its key, and nothing else', () => {
  expect(nameEvents([eventOf('m')], 5)).toEqual([{ ce_type: 'message.delivered', ce_id: 'e', key: 'm' }]);
});

test('the first ones are named, up to a number', () => {
  const named = nameEvents([eventOf('a', '1'), eventOf('b', '2'), eventOf('c', '3')], 2);
  expect(named?.map((each) => each.ce_id)).toEqual(['1', '2']);
});

test.each([
  '447911123456',
  '+447911123456',
  '+44 (0)7911 123-456',
  'tel:+44.7911.123456',
  'a.person@example.com',
])('the key %s may be a person’s, and is left out', (key) => {
  expect(nameEvents([eventOf(key)], 1)).toEqual([{ ce_type: 'message.delivered', ce_id: 'e' }]);
});

test.each(['1e2feb89-414c-443c-9027-c4d1c386bbc4', '123456', 'conversation-20261127', 'm'])(
  'the key %s is shown',
  (key) => {
    expect(nameEvents([eventOf(key)], 1)).toMatchObject([{ key }]);
  },
);
