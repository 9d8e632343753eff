import { expect, test } from 'vitest';
import { defaultKeyRulesText, parseKeyRules } from '../../src/webhook/key-rules.ts';

test('reads families, their places in order, and the rule for all others', () => {
  expect(parseKeyRules(' chat = payload.chatId,id ; *=payload.messageId')).toEqual({
    families: new Map([['chat', [['payload', 'chatId'], ['id']]]]),
    otherwise: [['payload', 'messageId']],
  });
});

test('reads the default', () => {
  expect(parseKeyRules(defaultKeyRulesText)).toMatchObject({
    otherwise: [
      ['payload', 'messageId'],
      ['payload', 'id'],
    ],
  });
});

test.each([
  ['', 'rule 1 does not have the form family=path,path'],
  ['*=id;chat', 'rule 2 does not have the form family=path,path'],
  ['*=id,,name', 'the family "*" has an empty property name'],
  ['*=payload..id', 'the family "*" has an empty property name'],
  ['*=id;chat=a;chat=b', 'the family "chat" occurs twice'],
  ['chat=id', 'the rule for "*" (all other families) is missing'],
])('%j: %s', (text, problem) => {
  expect(parseKeyRules(text)).toBe(problem);
});
