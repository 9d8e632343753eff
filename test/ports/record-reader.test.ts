import { expect, test } from 'vitest';
import { collectSkipped, splitPosition } from '../../src/ports/record-reader.ts';

test('who keeps what a reading skips passes on every notice, and keeps each once', () => {
  const told: unknown[] = [];
  const onWarning = (...said: unknown[]) => void told.push(said);
  const { observer, skipped } = collectSkipped({ onStart() {}, onProgress() {}, onWarning });
  observer.onWarning('slow');
  observer.onWarning('some are gone', true);
  observer.onWarning('some are gone', true);
  expect(told).toEqual([
    ['slow', undefined],
    ['some are gone', true],
    ['some are gone', true],
  ]);
  expect(skipped).toEqual(['some are gone']);
});

test.each([
  ['events/0/17', ['events/0', '17']],
  ['/17', ['', '17']],
  ['a queue', ['a queue', '']],
])('the place %j is of a part, and behind it: %j', (place, parts) => {
  expect(splitPosition(place)).toEqual(parts);
});
