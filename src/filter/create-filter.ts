import type { Clock } from '../runtime/clock.ts';
import { toError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CheckState, ReadinessCheck } from '../runtime/readiness-check.ts';
import type { Filter, PartitionObserver } from './filter.ts';
import type { FilterProblems, ProblemPlace } from './filter-problems.ts';
import type { FilterStore, GroupMembership } from './filter-store.ts';
import { PartitionProcessor } from './partition-processor.ts';
import { ProcessorSet } from './processor-set.ts';
import { ProgressWatch } from './progress-watch.ts';
import { TopicsGate } from './topics-gate.ts';

interface FilterDeps {
  readonly store: FilterStore;
  readonly groupId: string;
  readonly topics: { readonly events: string };
  readonly windowMs: number;
  readonly commitIntervalMs: number;
  readonly problems: FilterProblems;
  readonly observer: PartitionObserver;
  readonly clock: Clock;
  readonly logger: Logger;
}

const retryDelayMs = 200;
const readEndsIntervalMs = 2_000;
const stallMs = 15_000;

/** A filter as a member of its group: it processes the partitions that the group assigns to it. */
export function createFilter(deps: FilterDeps): Filter {
  const { store, groupId, problems, observer, clock, logger } = deps;
  const stopping = new AbortController();
  const ended = Promise.withResolvers<Error>();
  let membership: GroupMembership | undefined;
  let running = Promise.resolve();

  const gate = new TopicsGate({
    describeTopics: store.describeTopics,
    signal: stopping.signal,
    onProblem: (error) => problems.observe('topics', error),
    logger,
  });
  const progress = new ProgressWatch({
    readEnds: store.readEnds,
    onLag: observer.lag,
    intervalMs: readEndsIntervalMs,
    stallMs,
    clock,
  });
  const processors = new ProcessorSet(
    (partition) =>
      new PartitionProcessor({
        ...deps,
        topic: deps.topics.events,
        partition,
        acquire: store.acquire,
        whenOwner: (signal) => membership?.whenConfirmed(signal) ?? Promise.resolve(),
        onBlocked: (error) => problems.observe(partition, error),
        retryDelayMs,
        observer: {
          ...observer,
          position(facts) {
            problems.observe(partition, undefined);
            progress.moved(partition, facts.position);
            observer.position(facts);
          },
          ended() {
            problems.observe(partition, undefined);
            progress.ended(partition);
            observer.ended(partition);
          },
        },
      }),
  );

  async function run(): Promise<void> {
    try {
      await gate.open();
      membership = store.join({
        owned: () => processors.owned(),
        onAssignment: (partitions) => processors.assign(partitions),
      });
      await gate.watch();
    } catch (error) {
      if (!stopping.signal.aborted) {
        ended.resolve(toError(error));
      }
    }
  }

  return {
    checks: createFilterChecks({
      groupId,
      gate,
      processors,
      progress,
      problems,
      membership: () => membership,
    }),
    partitions: () => processors.states(),
    start() {
      running = run();
      return ended.promise;
    },
    async stop() {
      problems.stop();
      stopping.abort();
      progress.stop();
      await processors.stop();
      await membership?.stop();
      store.close();
      await running;
    },
  };
}

interface FilterParts {
  readonly groupId: string;
  readonly gate: Pick<TopicsGate, 'state'>;
  readonly processors: Pick<ProcessorSet, 'states'>;
  readonly progress: Pick<ProgressWatch, 'problems'>;
  readonly problems: Pick<FilterProblems, 'reasonAt'>;
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

function checkPartitions({ processors, progress, problems }: FilterParts): CheckState {
  const waiting = processors
    .states()
    .filter(({ state }) => state !== 'running')
    .map(({ partition, state }) => appendReason(`${partition} is ${state}`, problems.reasonAt(partition)));
  const stalled = progress
    .problems()
    .map(({ partition, problem }) =>
      appendReason(problem, problems.reasonAt(partition) ?? problems.reasonAt('ends')),
    );
  const details = [...waiting, ...stalled];
  return { ok: details.length === 0, detail: details.join(', ') };
}

function appendReason(text: string, reason: string | undefined): string {
  return reason === undefined ? text : `${text}: ${reason}`;
}
