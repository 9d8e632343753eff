import { expect, test } from 'vitest';
import { keep } from '../judge/histories/commands.ts';
import { judgeReplayed } from './judge-commands.ts';

test('what was replayed amid faults may be replayed once more', () => {
  const letter = keep('dead', 0, { reason: 'too_large' });
  const copy = keep('events', 7, { 'replayed-from': 'dead/0/0' });
  expect(judgeReplayed([copy, copy], [letter], [])).toHaveLength(1);
  expect(judgeReplayed([copy, copy], [letter], [copy])).toEqual([]);
});
