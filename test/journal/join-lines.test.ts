import { expect, test } from 'vitest';
import { joinLines } from '../../src/journal/join-lines.ts';

test.each([[[]], [['{"a":1}\n']], [['{"a":"\u00e9\u4e00\ud83d\ude00"}\n', '{"b":2}\n']]])(
  '%j as bytes',
  (lines) => {
    expect(joinLines(lines).toString()).toBe(lines.join(''));
  },
);
