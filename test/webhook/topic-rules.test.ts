import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findTopic, parseTopicRules, type TopicRules } from '../../src/webhook/topic-rules.ts';

function parse(text: string): TopicRules {
  const rules = parseTopicRules(text);
  if (typeof rules === 'string') {
    throw new Error(rules);
  }
  return rules;
}

describe('an event goes to', () => {
  const rules = parse(' message.inbound = inbound ; message.*=messages; chat.*=messages;presence=chats ');

  test.each([
    ['message.inbound', 'inbound'],
    ['message.read', 'messages'],
    ['message.read.again', 'messages'],
    ['message', 'messages'],
    ['chat.create', 'messages'],
    ['presence', 'chats'],
    ['presence.changed', undefined],
    ['Message.read', undefined],
    ['messages.read', undefined],
    ['conversationMessage.read', undefined],
    ['', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
    [undefined, undefined],
    [7, undefined],
    [['message.read'], undefined],
  ])('%j: %s', (name, topic) => {
    expect(findTopic(name, rules)).toBe(topic);
  });
});

test('each topic stands there once', () => {
  expect([...parse('a.*=first;b.*=second;c.*=first;d=second').topics]).toEqual(['first', 'second']);
});

test.each([
  ['', 'rule 1 has neither the form name=topic'],
  ['message.*', 'rule 1 has neither the form name=topic'],
  ['message.*=', 'rule 1 has neither the form name=topic'],
  ['=topic', 'rule 1 has neither the form name=topic'],
  ['a=b;', 'rule 2 has neither the form name=topic'],
  ['a=b;;c=d', 'rule 2 has neither the form name=topic'],
  ['a=b c', 'rule 1 has neither the form name=topic'],
  ['a b=c', 'rule 1 has neither the form name=topic'],
  ['a=b,c,d', 'rule 1 has neither the form name=topic'],
  ['*=topic', 'rule 1 has neither the form name=topic'],
  ['message*=topic', 'rule 1 has neither the form name=topic'],
  ['mess*.read=topic', 'rule 1 has neither the form name=topic'],
  [
    'message.*=messages,conversation.*=conversations',
    'rule 1 has neither the form name=topic nor family.*=topic. Separate rules with ";"',
  ],
  ['message.*=a;message.read=b', 'rule 2 (message.read) can never apply: message.* precedes it'],
  ['message.*=a;message=b', 'rule 2 (message) can never apply: message.* precedes it'],
  ['message.*=a;message.*=a', 'rule 2 (message.*) can never apply: message.* precedes it'],
  [
    'message.read=a;b=c;message.read=b',
    'rule 3 (message.read) can never apply: an earlier rule has the same name',
  ],
  [
    'message.inbound.*=a',
    'rule 1 (message.inbound.*) can never apply: a family is the part before the first dot, as in message.*',
  ],
])('%s: %s', (text, message) => {
  expect(parseTopicRules(text)).toEqual(expect.stringContaining(message));
});

test('the first rule that names an event counts, whatever the rules are', () => {
  const word = fc.constantFrom('a', 'b', 'c');
  const name = fc
    .tuple(word, fc.option(word))
    .map(([family, rest]) => (rest === null ? family : `${family}.${rest}`));
  const subject = fc.oneof(
    name,
    word.map((family) => `${family}.*`),
  );
  const anyRules = fc.array(fc.tuple(subject, fc.constantFrom('t1', 't2', 't3')), {
    minLength: 1,
    maxLength: 6,
  });
  const matches = (rule: string, event: string) =>
    rule.endsWith('.*') ? event.split('.')[0] === rule.slice(0, -2) : event === rule;
  let usable = 0;

  fc.assert(
    fc.property(anyRules, name, (list, event) => {
      const rules = parseTopicRules(list.map(([rule, topic]) => `${rule}=${topic}`).join(';'));
      if (typeof rules === 'string') {
        // A rule is rejected only if earlier rules match all of its events.
        const isIdle = ([rule]: readonly [string, string], index: number) =>
          list
            .slice(0, index)
            .some(([earlier]) => earlier === rule || matches(earlier, rule.replace(/\.\*$/, '.x')));
        expect(list.some(isIdle)).toBe(true);
        return;
      }
      usable += 1;
      expect(findTopic(event, rules)).toBe(list.find(([rule]) => matches(rule, event))?.[1]);
    }),
    { numRuns: 500 },
  );
  expect(usable).toBeGreaterThan(50);
});
