import { expect, test } from 'vitest';
import { FilterProblems } from '../../src/filter/filter-problems.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function setUp() {
  const log = captureLog();
  const clock = createFakeClock();
  const describe = (error: unknown) => (error instanceof Error ? error.message : String(error));
  return { log, clock, problems: new FilterProblems({ logger: log.logger, clock, describe }) };
}

test('keeps the last reason of each place until its problem is over', () => {
  const { problems } = setUp();
  problems.observe('group', new Error('no coordinator'));
  problems.observe('group', new Error('no answer'));
  expect(problems.reasonAt('group')).toBe('no answer');
  expect(problems.reasonAt(0)).toBeUndefined();
  problems.observe('group', undefined);
  expect(problems.reasonAt('group')).toBeUndefined();
});

test('logs one line in five seconds, with all places of a reason together', () => {
  const { log, clock, problems } = setUp();
  problems.observe(0, new Error('no leader'));
  problems.observe(1, new Error('no leader'));
  problems.observe('group', new Error('no coordinator'));
  expect(log.lines).toHaveLength(1);
  clock.advance(5_000);
  problems.observe(1, new Error('no leader'));
  expect(log.lines).toHaveLength(2);
  expect(log.lines[1]).toMatchObject({
    level: 'warn',
    problems: [
      { reason: 'no leader', places: 'partition 0, partition 1' },
      { reason: 'no coordinator', places: 'group' },
    ],
  });
});

test('reports nothing once it is stopped', () => {
  const { log, problems } = setUp();
  problems.stop();
  problems.observe('group', new Error('the connection was closed'));
  expect(problems.reasonAt('group')).toBeUndefined();
  expect(log.lines).toHaveLength(0);
});
