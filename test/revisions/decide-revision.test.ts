import { expect, test } from 'vitest';
import { decideRevision } from '../../src/revisions/decide-revision.ts';

const past2to53 = 2n ** 53n;

test.for([
  [undefined, undefined, 'untracked'],
  [4n, undefined, 'untracked'],
  [undefined, 0n, 'forward'],
  [undefined, 4n, 'forward'],
  [4n, 5n, 'forward'],
  [4n, 4n, 'duplicate'],
  [0n, 0n, 'duplicate'],
  [4n, 3n, 'obsolete'],
  [4n, 0n, 'obsolete'],
  [past2to53, past2to53 + 1n, 'forward'],
  [past2to53 + 1n, past2to53, 'obsolete'],
] as const)('known %s, event %s: %s', ([known, revision, decision]) => {
  expect(decideRevision(known, revision)).toBe(decision);
});
