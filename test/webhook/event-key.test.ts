import { describe, expect, test } from 'vitest';
import { findEventKey } from '../../src/webhook/event-key.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../src/webhook/key-rules.ts';

const rulesOf = (text: string) => parseKeyRules(text) as KeyRules;
const defaultRules = rulesOf(defaultKeyRulesText);

function keyOf(json: string, rules = defaultRules) {
  const event = JSON.parse(json) as Record<string, unknown>;
  return findEventKey({ bytes: Buffer.from(json), event, batchIndex: 0 }, rules);
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

  test('finds no key in an event without any identifier', () => {
    expect(keyOf('{"name":"message.sent"}')).toBeUndefined();
  });

  test('does not take an inherited property for an identifier', () => {
    expect(keyOf('{"payload":{}}', rulesOf('*=constructor.name,payload.toString.name'))).toBeUndefined();
    expect(keyOf('{"__proto__":{"eventId":"e"}}')).toBeUndefined();
  });

  test('keeps the digits of a number that JSON.parse would round', () => {
    expect(keyOf('{"payload":{"id":9007199254740993}}')?.key).toBe('9007199254740993');
    expect(keyOf('{"payload":{"id":42}}')?.key).toBe('42');
  });

  test('does not take an overlong text for an identifier', () => {
    expect(keyOf(`{"eventId":"e","payload":{"id":"${'x'.repeat(513)}"}}`)?.key).toBe('e');
  });

  test('takes the last of duplicate properties, as JSON.parse does', () => {
    expect(keyOf('{"payload":{"id":"first","id":"last"}}')?.key).toBe('last');
  });
});

describe('parseKeyRules', () => {
  test('reads families, places and the rule for the rest', () => {
    const rules = rulesOf('order = payload.order.id,id ; *=id');
    expect(rules.families.get('order')).toEqual([['payload', 'order', 'id'], ['id']]);
    expect(rules.otherwise).toEqual([['id']]);
  });

  test.each([
    ['message', 'rule 1 is not family=path,path'],
    ['message=payload.id', 'there is no rule for "*", every other family'],
    ['*=payload..id', 'the family "*" has an empty property name'],
    ['*=id;*=id', 'the family "*" stands twice'],
  ])('says what is wrong with %j', (text, problem) => {
    expect(parseKeyRules(text)).toBe(problem);
  });
});
