import type { Clock } from '../runtime/clock.ts';
import { toError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CheckState, ReadinessCheck } from '../runtime/readiness-check.ts';
import type { Filter, FilterRules, PartitionObserver } from './filter.ts';
import type { FilterProblems, ProblemSource } from './filter-problems.ts';
import type { FilterStore, GroupMembership } from './filter-store.ts';
import { FilterTopicsCheck } from './filter-topics-check.ts';
import { PartitionProcessor } from './partition-processor.ts';
import { ProcessorSet } from './processor-set.ts';
import { ProgressWatch } from './progress-watch.ts';

interface FilterDeps {
  readonly store: FilterStore;
  readonly rules: FilterRules;
  readonly commitIntervalMs: number;
  readonly problems: FilterProblems;
  readonly observer: PartitionObserver;
  readonly clock: Clock;
  readonly logger: Logger;
}

const retryDelayMs = 200;

/** Creates a filter that joins a consumer group and processes the partitions that the group assigns to it. */
export function createFilter(deps: FilterDeps): Filter {
  const { store, rules, commitIntervalMs, problems, observer, clock, logger } = deps;
  const { describeTopics, readEnds, group } = store;
  const stopController = new AbortController();
  const filterEnd = Promise.withResolvers<Error>();
  const topicsCheck = new FilterTopicsCheck({
    describeTopics,
    problems,
    signal: stopController.signal,
    logger,
  });
  const progress = new ProgressWatch({ readEnds, problems, observer, clock });
  const context = { rules, commitIntervalMs, progress, problems, observer, clock, logger };
  const processors = new ProcessorSet(
    (partition) => new PartitionProcessor({ partition, context, store, retryDelayMs }),
  );
  let processing = Promise.resolve();

  async function run(): Promise<void> {
    try {
      await topicsCheck.open();
      group.join(processors);
      await topicsCheck.watch();
    } catch (error) {
      if (!stopController.signal.aborted) {
        filterEnd.resolve(toError(error));
      }
    }
  }

  return {
    checks: createFilterChecks({
      groupId: rules.groupId,
      gate: topicsCheck,
      group,
      processors,
      progress,
      problems,
    }),
    partitions: () => processors.states(),
    start() {
      processing = run();
      return filterEnd.promise;
    },
    async stop() {
      problems.stop();
      stopController.abort();
      progress.stop();
      await processors.stop();
      await group.leave();
      store.close();
      await processing;
    },
  };
}

interface FilterComponents {
  readonly groupId: string;
  readonly gate: Pick<FilterTopicsCheck, 'state'>;
  readonly group: Pick<GroupMembership, 'isMember'>;
  readonly processors: Pick<ProcessorSet, 'states'>;
  readonly progress: Pick<ProgressWatch, 'problems'>;
  readonly problems: Pick<FilterProblems, 'reasonAt'>;
}

/** Creates the readiness checks of the filter. Each failed check gives the reason in its details. */
export function createFilterChecks(parts: FilterComponents): readonly ReadinessCheck[] {
  const { groupId, gate, group, problems } = parts;
  const addReason = ({ ok, detail }: CheckState, place: ProblemSource) => ({
    ok,
    detail: ok ? detail : appendFailureReason(detail, problems.reasonAt(place)),
  });
  return [
    { name: 'topics', check: () => addReason(gate.state(), 'topics') },
    {
      name: 'group',
      check() {
        const ok = group.isMember();
        const detail = ok
          ? `the process is a member of the consumer group ${groupId}`
          : `the process is not a member of the consumer group ${groupId}`;
        return addReason({ ok, detail }, 'group');
      },
    },
    { name: 'partitions', check: () => checkPartitions(parts) },
  ];
}

function checkPartitions({ processors, progress, problems }: FilterComponents): CheckState {
  const waitingPartitions = processors
    .states()
    .filter(({ state }) => state !== 'running')
    .map(({ partition, state }) =>
      appendFailureReason(`partition ${partition} is ${state}`, problems.reasonAt(partition)),
    );
  const stalledPartitions = progress
    .problems()
    .map(({ partition, problem }) =>
      appendFailureReason(problem, problems.reasonAt(partition) ?? problems.reasonAt('ends')),
    );
  const details = [...waitingPartitions, ...stalledPartitions];
  return { ok: details.length === 0, detail: details.join(', ') };
}

function appendFailureReason(text: string, reason: string | undefined): string {
  return reason === undefined ? text : `${text}: ${reason}`;
}
