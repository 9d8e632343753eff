import type { GroupMembership, TroublePlace } from './filter-store.ts';
import type { FilterTroubles } from './filter-troubles.ts';
import type { ProcessorSet } from './processor-set.ts';
import type { ProgressWatch } from './progress-watch.ts';
import type { TopicsGate } from './topics-gate.ts';

interface FilterParts {
  readonly groupId: string;
  readonly gate: TopicsGate;
  readonly processors: ProcessorSet;
  readonly progress: ProgressWatch;
  readonly troubles: FilterTroubles;
  /** `undefined` before this process joins. */
  readonly membership: () => GroupMembership | undefined;
}

interface CheckResult {
  readonly ok: boolean;
  readonly detail: string;
}

export interface FilterCheck {
  readonly name: string;
  readonly check: () => CheckResult;
}

/** The filter's readiness. What is not ready says why. */
export function createFilterChecks(parts: FilterParts): readonly FilterCheck[] {
  const { groupId, gate, troubles, membership } = parts;
  const withCause = ({ ok, detail }: CheckResult, place: TroublePlace) => ({
    ok,
    detail: ok ? detail : appendCause(detail, troubles.causeAt(place)),
  });
  return [
    { name: 'topics', check: () => withCause(gate.state(), 'topics') },
    {
      name: 'group',
      check() {
        const ok = membership()?.isMember() === true;
        return withCause({ ok, detail: `member of ${groupId}: ${ok}` }, 'group');
      },
    },
    { name: 'partitions', check: () => checkPartitions(parts) },
  ];
}

function checkPartitions({ processors, progress, troubles }: FilterParts): CheckResult {
  const waiting = processors
    .states()
    .filter(({ state }) => state !== 'running')
    .map(({ partition, state }) => appendCause(`${partition} is ${state}`, troubles.causeAt(partition)));
  const problems = progress
    .problems()
    .map(({ partition, problem }) =>
      appendCause(problem, troubles.causeAt(partition) ?? troubles.causeAt('ends')),
    );
  const details = [...waiting, ...problems];
  return { ok: details.length === 0, detail: details.join(', ') };
}

function appendCause(text: string, cause: string | undefined): string {
  return cause === undefined ? text : `${text}: ${cause}`;
}
