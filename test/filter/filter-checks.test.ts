import { expect, test } from 'vitest';
import { createFilterChecks } from '../../src/filter/create-filter.ts';
import type { ProblemSource } from '../../src/filter/filter-problems.ts';
import type { ProcessorState } from '../../src/filter/partition-processor.ts';

interface Situation {
  readonly topics?: { readonly ok: boolean; readonly detail: string };
  readonly isMember?: true;
  readonly states?: readonly { readonly partition: number; readonly state: ProcessorState }[];
  readonly stalled?: readonly { readonly partition: number; readonly problem: string }[];
  readonly reasons?: ReadonlyMap<ProblemSource, string>;
}

function check(situation: Situation) {
  const {
    topics = { ok: true, detail: '' },
    isMember = false,
    states = [],
    stalled = [],
    reasons,
  } = situation;
  const checks = createFilterChecks({
    groupId: 'g',
    gate: { state: () => topics },
    processors: { states: () => states },
    progress: { problems: () => stalled },
    problems: { reasonAt: (place) => reasons?.get(place) },
    group: { isMember: () => isMember },
  });
  return Object.fromEntries(checks.map(({ name, check: run }) => [name, run()]));
}

test('all are ok for a member whose partitions run, whatever was a problem just now', () => {
  const result = check({
    isMember: true,
    states: [{ partition: 0, state: 'running' }],
    reasons: new Map<ProblemSource, string>([
      ['topics', 'no answer'],
      ['group', 'no coordinator'],
      [0, 'no leader'],
    ]),
  });
  expect(result).toEqual({
    topics: { ok: true, detail: '' },
    group: { ok: true, detail: 'the process is a member of the consumer group g' },
    partitions: { ok: true, detail: '' },
  });
});

test('each that is not ok gives its reason', () => {
  const result = check({
    topics: { ok: false, detail: 'missing: events' },
    states: [
      { partition: 0, state: 'restoring' },
      { partition: 1, state: 'acquiring' },
    ],
    stalled: [{ partition: 2, problem: '2 stands still' }],
    reasons: new Map<ProblemSource, string>([
      ['topics', 'no right'],
      ['group', 'no coordinator'],
      [1, 'no leader'],
      ['ends', 'no answer'],
    ]),
  });
  expect(result).toEqual({
    topics: { ok: false, detail: 'missing: events: no right' },
    group: { ok: false, detail: 'the process is not a member of the consumer group g: no coordinator' },
    partitions: {
      ok: false,
      detail: 'partition 0 is restoring, partition 1 is acquiring: no leader, 2 stands still: no answer',
    },
  });
});
