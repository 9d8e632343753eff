import type { CheckState, ReadinessCheck } from '../runtime/readiness-check.ts';
import type { FilterProblems, ProblemPlace } from './filter-problems.ts';
import type { GroupMembership } from './filter-store.ts';
import type { HiddenRecordsWatch } from './hidden-records-watch.ts';
import type { ProcessorSet } from './processor-set.ts';
import type { ProgressWatch } from './progress-watch.ts';
import type { TopicsGate } from './topics-gate.ts';

interface FilterParts {
  readonly groupId: string;
  readonly gate: Pick<TopicsGate, 'state'>;
  readonly processors: Pick<ProcessorSet, 'states'>;
  readonly progress: Pick<ProgressWatch, 'problems'>;
  readonly problems: Pick<FilterProblems, 'reasonAt'>;
  readonly hidden: Pick<HiddenRecordsWatch, 'reasonAt'>;
  /** `undefined` before this process joins. */
  readonly membership: () => Pick<GroupMembership, 'isMember'> | undefined;
}

/** The checks of the filter's readiness. A check that is not ok gives the reason. */
export function createFilterChecks(parts: FilterParts): readonly ReadinessCheck[] {
  const { groupId, gate, problems, membership } = parts;
  const withReason = ({ ok, detail }: CheckState, place: ProblemPlace) => ({
    ok,
    detail: ok ? detail : appendReason(detail, problems.reasonAt(place)),
  });
  return [
    { name: 'topics', check: () => withReason(gate.state(), 'topics') },
    {
      name: 'group',
      check() {
        const ok = membership()?.isMember() === true;
        return withReason({ ok, detail: `member of ${groupId}: ${ok}` }, 'group');
      },
    },
    { name: 'partitions', check: () => checkPartitions(parts) },
  ];
}

function checkPartitions({ processors, progress, problems, hidden }: FilterParts): CheckState {
  const waiting = processors
    .states()
    .filter(({ state }) => state !== 'running')
    .map(({ partition, state }) => appendReason(`${partition} is ${state}`, problems.reasonAt(partition)));
  const stalled = progress
    .problems()
    .map(({ partition, problem }) =>
      appendReason(
        problem,
        problems.reasonAt(partition) ?? hidden.reasonAt(partition) ?? problems.reasonAt('ends'),
      ),
    );
  const details = [...waiting, ...stalled];
  return { ok: details.length === 0, detail: details.join(', ') };
}

function appendReason(text: string, reason: string | undefined): string {
  return reason === undefined ? text : `${text}: ${reason}`;
}
