import { expect, test } from 'vitest';
import { formatProgress } from '../../src/commands/progress.ts';
import { withoutProgress } from './run-command.ts';

test.each([
  { done: 500, total: 2_000, elapsedMs: 5_000, detail: ', lost 0' },
  { done: 0, elapsedMs: 0, detail: '' },
  { done: 3_000_000, total: undefined, elapsedMs: 3_725_000, detail: '', unit: 'bytes' as const },
  {
    done: 3_000_000,
    total: 4_000_000,
    elapsedMs: 3_725_000,
    detail: ', events are read',
    unit: 'bytes' as const,
  },
])('how far a command is counts not as what it says: %o', (state) => {
  expect(withoutProgress(`a\n${formatProgress(state)}\nb\n`)).toBe('a\nb\n');
});

test('what a command says stays', () => {
  const said = 'warning: 5 s passed\n3 not selected\nerror: Kafka (a:9092) answers 3 bytes/s\n';
  expect(withoutProgress(said)).toBe(said);
});
