import { describe, expect, test } from 'vitest';
import { findEventKey } from '../../src/webhook/event-key.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../src/webhook/key-rules.ts';
import { eventSlice } from '../support/event-slice.ts';

const rulesOf = (text: string) => parseKeyRules(text) as KeyRules;
const defaultRules = rulesOf(defaultKeyRulesText);

function keyOf(json: string, rules = defaultRules) {
  return findEventKey(eventSlice(json, rules));
}

describe('findEventKey', () => {
  test.each([
    ['message.delivered', '{"messageId":"m","id":"i"}', 'm'],
    ['message.inbound', '{"id":"i"}', 'i'],
    ['interaction.click', '{"messageId":"m"}', 'm'],
    ['conversationMessage.read', '{"messageId":"m","context":{"conversationId":"c"}}', 'm'],
    ['conversation.update', '{"context":{"conversationId":"c"}}', 'c'],
    ['conversation.participantAdded', '{"conversationId":"c","profileId":"p"}', 'c'],
    ['profile.update', '{"profileId":"p","id":"x"}', 'p'],
    ['chat.closed', '{"chatId":"c"}', 'c'],
    ['a.name.of.next.year', '{"id":"i"}', 'i'],
    ['', '{"messageId":"m"}', 'm'],
    ['conversation', '{"conversationId":"c"}', 'c'],
    [`conversation.${'x'.repeat(512)}`, '{"conversationId":"c"}', 'c'],
  ])('finds the entity of %s in %s', (name, payload, key) => {
    expect(keyOf(`{"eventId":"e","name":"${name}","payload":${payload}}`)).toEqual({ key, kind: 'entity' });
  });

  test('finds a conversation at the top of the event', () => {
    expect(keyOf('{"name":"conversation.delete","conversationId":"c","payload":{}}')?.key).toBe('c');
  });

  test.each([
    '{}',
    '{"payload":7}',
    '{"payload":{"messageId":""}}',
    '{"payload":{"messageId":null}}',
    '{"payload":{"messageId":{}}}',
  ])('falls back to the event id when %s names no entity', (json) => {
    const event = { eventId: 'e', name: 'message.sent', ...(JSON.parse(json) as object) };
    expect(keyOf(JSON.stringify(event))).toEqual({ key: 'e', kind: 'event' });
  });

  test('finds the entity of an event whose name is no text', () => {
    expect(keyOf('{"eventId":"e","name":7,"payload":{"id":"i"}}')?.key).toBe('i');
  });

  test('finds no key in an event without any identifier', () => {
    expect(keyOf('{"name":"message.sent"}')).toBeUndefined();
  });

  test('does not take an inherited property for an identifier', () => {
    expect(keyOf('{"payload":{}}', rulesOf('*=constructor.name,payload.toString.name'))).toBeUndefined();
    expect(keyOf('{"__proto__":{"eventId":"e"}}')).toBeUndefined();
  });

  test.each(['0', '42', '9007199254740993', '4503599627370497', '18446744073709551615', '9'.repeat(512)])(
    'takes a number that is written with digits alone: %s',
    (key) => {
      expect(keyOf(`{"eventId":"e","payload":{"id":${key}}}`)).toEqual({ key, kind: 'entity' });
      // A second number in the event makes the scan read the text of the first number.
      expect(keyOf(`{"x":[{"id":1.5}],"eventId":"e","payload":{"id":${key}}}`)?.key).toBe(key);
      expect(keyOf(`{"eventId":${key}}`)).toEqual({ key, kind: 'event' });
    },
  );

  test.each([
    '4503599627370497.2',
    '1.0',
    '1e2',
    '1E2',
    '0e5',
    '1e-400',
    '1e999',
    '-1',
    '-0',
    '0.5',
    '9'.repeat(513),
  ])('takes no number that is written in another way: %s', (number) => {
    expect(keyOf(`{"eventId":"e","payload":{"id":${number}}}`)).toEqual({ key: 'e', kind: 'event' });
    expect(keyOf(`{"eventId":${number}}`)).toBeUndefined();
  });

  test('finds the text of the number that JSON.parse keeps, whatever stands around it', () => {
    const json =
      '{ "x" : [{"payload":{"id":1}},"\\"payload\\":{"] , "pay\\u006coad":{"id":2},' +
      '"payload" : { "no" : -1, "id" : 18446744073709551615 , "i\\u0064"\t: 18446744073709551616 } , "z":{}}';
    expect(keyOf(json)?.key).toBe('18446744073709551616');
  });

  test('takes a number of a deep event without a stack for it', () => {
    const deep = `${'['.repeat(900)}${']'.repeat(900)}`;
    expect(keyOf(`{"eventId":"e","x":${deep},"payload":{"id":18446744073709551615}}`)?.key).toBe(
      '18446744073709551615',
    );
  });

  test('does not take the length of an array or a member of it for an identifier', () => {
    const rules = rulesOf('*=payload.length,payload.0');
    expect(keyOf('{"eventId":"e","payload":["i",7]}', rules)).toEqual({ key: 'e', kind: 'event' });
    expect(keyOf('{"payload":{"length":7}}', rules)?.key).toBe('7');
  });

  test.each([
    ['a lone high surrogate', '\\ud800'],
    ['a lone low surrogate', 'a\\udc00'],
    ['a line end', 'x\\r\\nX-Evil: 1'],
    ['NUL', 'x\\u0000'],
    ['a control character behind ASCII', 'x\\u0085'],
    ['a noncharacter', 'x\\uffff'],
    ['a noncharacter of another plane', 'x\\ud83f\\udffe'],
    ['more than 512 UTF-16 units', 'x'.repeat(513)],
    ['more than 512 UTF-16 units in 257 characters', '\u{1f600}'.repeat(257)],
  ])('takes no text with %s for an identifier', (_what, text) => {
    expect(keyOf(`{"eventId":"e","payload":{"messageId":"${text}","id":"i"}}`)?.key).toBe('i');
    expect(keyOf(`{"eventId":"${text}"}`)).toBeUndefined();
  });

  test.each(['é', '\u{1f600}'.repeat(256), 'x'.repeat(512), ' ', 'a b', '\ufffd'])(
    'takes any other text: %s',
    (text) => {
      expect(keyOf(`{"payload":{"id":"${text}"}}`)?.key).toBe(text);
    },
  );
});
