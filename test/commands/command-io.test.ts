import { expect, test } from 'vitest';
import { formatTable } from '../../src/commands/command-io.ts';

test('columns are as wide as their widest cell, and lines have no blanks at their end', () => {
  expect(
    formatTable([
      ['a', 'bb', 'c'],
      ['aaa', 'b', 'a longer cell'],
      ['a', ''],
    ]),
  ).toBe('a    bb  c\naaa  b   a longer cell\na\n');
  expect(formatTable([])).toBe('');
});
