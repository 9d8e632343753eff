import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { ClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import {
  type ConnectionErrorReason,
  isRefused,
  toConnectionError,
} from '../cluster/errors/connection-error.ts';

/** Notices that another cluster answers at the same addresses. Its topics are taken as they are. */
export function createClusterIdentity({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
  let first: string | undefined;
  let last: string | undefined;
  let changedAt = 0;
  return {
    applyView({ clusterId }: Pick<ClusterView, 'clusterId'>): void {
      if (last !== undefined && clusterId !== undefined && clusterId !== last) {
        changedAt = clock.epochMs();
        const line = { before: last, now: clusterId };
        logger.error(line, 'another kafka cluster answers: what was acknowledged before is in the other one');
      }
      last = clusterId ?? last;
      first ??= last;
    },
    notice: () =>
      first === last
        ? undefined
        : `Since ${new Date(changedAt).toISOString()} another Kafka cluster answers: its id is ${last}, at the start it was ${first}. What was acknowledged before is in that one.`,
  };
}

/** Reads the cluster's view again and again: often while something is wrong, rarely while all is well. */
export interface ClusterWatcher {
  start(cluster: WatchedCluster): void;
  /** Reads again soon, if possible from another broker than last time. */
  refresh(): void;
  /** Why no broker answered the last time, for a person; `undefined` when one did. */
  problem(): string | undefined;
  /** Why no broker answered does not pass by itself. */
  isFinal(): boolean;
  stop(): void;
}

/** Who wants to know of the cluster. */
interface WatchedCluster {
  readonly topics: readonly string[];
  isHealthy(): boolean;
  onView(view: ClusterView): void;
}

interface ClusterWatcherDeps {
  readonly reader: Pick<ClusterReader, 'read' | 'close'>;
  /** How often the cluster is asked for its leaders. `min`: the shortest time between two questions. */
  readonly refreshMs: { readonly healthy: number; readonly unhealthy: number; readonly min: number };
  readonly clock: Clock;
  readonly logger: Logger;
  /** An error as sentences for the operator. */
  readonly describe: (error: unknown) => string;
}

/** The same problem is logged again after this time, another one sooner. */
const repeatMs = 30_000;
const leastRepeatMs = 5_000;

export function createClusterWatcher(deps: ClusterWatcherDeps): ClusterWatcher {
  const { reader, clock, logger, describe } = deps;
  const { healthy, unhealthy, min } = deps.refreshMs;
  /** From the start to the stop. */
  let cluster: WatchedCluster | undefined;
  let timer: NodeJS.Timeout | undefined;
  let dueAt: number;
  let another = false;
  let problem: string | undefined;
  let isFinal = false;
  let logged: { readonly text: string; readonly at: number } | undefined;

  function schedule(watched: WatchedCluster, delayMs: number): void {
    clearTimeout(timer);
    dueAt = clock.now() + delayMs;
    timer = setTimeout(() => void read(watched), delayMs);
  }

  function logProblem(text: string, reason: ConnectionErrorReason): void {
    const now = clock.now();
    const waitMs = logged?.text === text ? repeatMs : leastRepeatMs;
    if (logged === undefined || now - logged.at >= waitMs) {
      logged = { text, at: now };
      logger.error({ reason }, `no kafka broker answers: ${text}`);
    }
  }

  async function read(watched: WatchedCluster): Promise<void> {
    const queryAnother = another;
    another = false;
    try {
      const view = await reader.read(watched.topics, { another: queryAnother });
      if (cluster === undefined) {
        return;
      }
      if (problem !== undefined) {
        problem = undefined;
        isFinal = false;
        logged = undefined;
        logger.info('kafka cluster answers again');
      }
      watched.onView(view);
    } catch (error) {
      problem = describe(error);
      isFinal = isRefused(error);
      logProblem(problem, toConnectionError(error).reason);
    } finally {
      if (cluster !== undefined) {
        schedule(
          watched,
          another ? min : problem !== undefined || !watched.isHealthy() ? unhealthy : healthy,
        );
      }
    }
  }

  return {
    start(watched) {
      cluster = watched;
      schedule(watched, 0);
    },
    refresh() {
      another = true;
      // While it reads, nothing is due later.
      if (cluster !== undefined && dueAt - clock.now() > min) {
        schedule(cluster, min);
      }
    },
    problem: () => problem,
    isFinal: () => isFinal,
    stop() {
      cluster = undefined;
      clearTimeout(timer);
      reader.close();
    },
  };
}
