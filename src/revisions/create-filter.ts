import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ReadinessCheck } from '../runtime/readiness-check.ts';
import { toError } from '../runtime/to-error.ts';
import { createFilterChecks } from './filter-checks.ts';
import type { FilterProblems } from './filter-problems.ts';
import type { FilterStore, GroupMembership } from './filter-store.ts';
import { startPartitionProcessor } from './partition-processor.ts';
import type { ProcessorObserver } from './processor-observer.ts';
import { createProcessorSet, type ProcessorSet } from './processor-set.ts';
import { startProgressWatch } from './progress-watch.ts';
import { createTopicsGate } from './topics-gate.ts';

/** A filter as a member of its group: it processes the partitions that the group assigns to it. */
export interface Filter {
  readonly checks: readonly ReadinessCheck[];
  /** Resolves with the reason why the filter must not go on. */
  start(): Promise<Error>;
  stop(): Promise<void>;
}

export interface FilterObserver extends Omit<ProcessorObserver, 'blocked'> {
  /** Records that wait; `undefined` when that is not known. */
  lag(partition: number, records: number | undefined): void;
  /** The group has assigned partitions anew. */
  rebalanced(): void;
}

interface FilterDeps {
  readonly store: FilterStore;
  readonly groupId: string;
  readonly topics: { readonly events: string };
  readonly windowMs: number;
  readonly commitIntervalMs: number;
  readonly problems: FilterProblems;
  readonly observer: FilterObserver;
  readonly clock: Clock;
  readonly logger: Logger;
}

const retryDelayMs = 200;
const readEndsIntervalMs = 2_000;
const stallMs = 15_000;

export function createFilter(deps: FilterDeps): Filter {
  const { store, groupId, problems, observer, clock, logger } = deps;
  const stopping = new AbortController();
  const ended = Promise.withResolvers<Error>();
  let membership: GroupMembership | undefined;
  let running = Promise.resolve();

  const gate = createTopicsGate({
    describeTopics: store.describeTopics,
    signal: stopping.signal,
    onProblem: (error) => problems.observe('topics', error),
    logger,
  });
  const processors: ProcessorSet = createProcessorSet((partition) =>
    startPartitionProcessor({
      ...deps,
      topic: deps.topics.events,
      partition,
      acquire: store.acquire,
      whenOwner: (signal) => membership?.whenConfirmed(signal) ?? Promise.resolve(),
      retryDelayMs,
      observer: {
        ...observer,
        blocked: (facts) => problems.observe(facts.partition, facts.error),
        position(facts) {
          problems.observe(facts.partition, undefined);
          progress.moved(facts.partition, facts.position);
          observer.position(facts);
        },
        ended(gone) {
          problems.observe(gone, undefined);
          progress.ended(gone);
          observer.ended(gone);
        },
      },
    }),
  );
  const progress = startProgressWatch({
    readEnds: store.readEnds,
    owned: processors.owned,
    onLag: observer.lag,
    intervalMs: readEndsIntervalMs,
    stallMs,
    clock,
  });

  async function run(): Promise<void> {
    try {
      await gate.open();
      membership = store.join({
        owned: processors.owned,
        onAssignment(partitions) {
          observer.rebalanced();
          processors.assign(partitions);
        },
        onFenced: ended.resolve,
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
