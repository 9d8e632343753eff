import { expect, test } from 'vitest';
import { keepLeftOut, splitPlace } from '../../src/ports/record-reader.ts';

test('who keeps what a reading leaves out passes on every notice, and keeps each once', () => {
  const told: unknown[] = [];
  const notice = (...said: unknown[]) => void told.push(said);
  const { observer, leftOut } = keepLeftOut({ begins() {}, passed() {}, notice });
  observer.notice('slow');
  observer.notice('some are gone', true);
  observer.notice('some are gone', true);
  expect(told).toEqual([
    ['slow', undefined],
    ['some are gone', true],
    ['some are gone', true],
  ]);
  expect(leftOut).toEqual(['some are gone']);
});

test.each([
  ['events/0/17', ['events/0', '17']],
  ['/17', ['', '17']],
  ['a queue', ['a queue', '']],
])('the place %j is of a part, and behind it: %j', (place, parts) => {
  expect(splitPlace(place)).toEqual(parts);
});
