import { expect, test } from 'vitest';
import { judgeFound, judgeListed, judgeReplayed, judgeWords, type KeptRecord } from './judge-commands.ts';

const life = (verdict: string, ...ids: readonly string[]) =>
  JSON.stringify({ verdict, events: ids.map((eventId) => ({ eventId })) });

test.for([
  [0, life('a is at message.read', 'a'), 'a', 0],
  [0, life('a is at message.read', 'b'), 'a', 1],
  [1, life('Nothing found of a.'), 'a', 1],
  [1, life('Nothing found of x.'), undefined, 0],
  [0, life('x is at message.read', 'x'), undefined, 1],
  [2, '', 'a', 0],
] as const)('find that ends with %s and says %s of %s breaks %s rules', ([code, stdout, id, broken]) => {
  expect(judgeFound({ args: ['find'], code, stdout, stderr: '' }, id)).toHaveLength(broken);
});

test('who has no answer says why', () => {
  const ran = { args: ['tail'], code: 2, stdout: '' };
  expect(judgeWords({ ...ran, stderr: 'error: no broker answers\n' })).toEqual([]);
  expect(judgeWords({ ...ran, stderr: '' })).toHaveLength(1);
  expect(judgeWords({ ...ran, code: 1, stderr: '' })).toEqual(['it has no such code']);
});

function keep(topic: string, offset: number, headers: Readonly<Record<string, string>> = {}): KeptRecord {
  return { topic, partition: 0, offset, timestampMs: 0, key: null, value: Buffer.from('x'), headers };
}

test('a list has each record, once', () => {
  const list = (...places: readonly string[]) => ({
    ...{ args: ['tail'], code: 0, stderr: '' },
    stdout: places.map((place) => `${JSON.stringify({ place })}\n`).join(''),
  });
  const kept = [keep('events', 0), keep('events', 1)];
  expect(judgeListed(list('events/0/0', 'events/0/1'), kept)).toEqual([]);
  expect(judgeListed(list('events/0/0', 'events/0/0'), kept)).toHaveLength(2);
});

test('what the store rejected is put back once, unless faults were in the way', () => {
  const letter = keep('dead', 0, { reason: 'too_large' });
  const copy = keep('events', 7, { 'replayed-from': 'dead/0/0' });
  const judge = (...facts: Parameters<typeof judgeReplayed>) => judgeReplayed(...facts).length;
  expect(judge([copy], [letter], [])).toBe(0);
  expect(judge([copy, copy], [letter], [])).toBe(1);
  expect(judge([copy, copy], [letter], [copy])).toBe(0);
  expect(judge([], [letter], [])).toBe(1);
  expect(judge([copy], [], [])).toBe(1);
});
