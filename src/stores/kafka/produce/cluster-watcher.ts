import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { ClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import {
  type ConnectionErrorReason,
  isRefused,
  toConnectionError,
} from '../cluster/errors/connection-error.ts';

/**
 * Detects that a different cluster responds at the same addresses. The receiver continues with the topics of the new
 * cluster.
 */
export function createClusterIdentity({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
  let first: string | undefined;
  let last: string | undefined;
  let changedAt = 0;
  return {
    applyView({ clusterId }: Pick<ClusterView, 'clusterId'>): void {
      if (last !== undefined && clusterId !== undefined && clusterId !== last) {
        changedAt = clock.epochMs();
        const line = { before: last, now: clusterId };
        logger.error(
          line,
          'another Kafka cluster responds at the configured addresses: events acknowledged before are in the previous cluster',
        );
      }
      last = clusterId ?? last;
      first ??= last;
    },
    notice: () =>
      first === last
        ? undefined
        : `Since ${new Date(changedAt).toISOString()}, another Kafka cluster responds: its id is ${last}, but at the start the id was ${first}. Events acknowledged before the change are in the cluster ${first}.`,
  };
}

/** Reads the description of the cluster periodically: rarely while everything is healthy, and often otherwise. */
export interface ClusterWatcher {
  start(cluster: WatchedCluster): void;
  /** Schedules a read soon, if possible from a different broker. */
  refresh(): void;
  /** Returns why no broker responded to the last read, or `undefined` if a broker responded. */
  problem(): string | undefined;
  /** Returns whether the problem does not resolve by itself. */
  isFinal(): boolean;
  stop(): void;
}

interface WatchedCluster {
  readonly topics: readonly string[];
  isHealthy(): boolean;
  onView(view: ClusterView): void;
}

interface ClusterWatcherDeps {
  readonly reader: Pick<ClusterReader, 'read' | 'close'>;
  /** Intervals in milliseconds between reads of the partition leaders. `min` is the shortest interval. */
  readonly refreshMs: { readonly healthy: number; readonly unhealthy: number; readonly min: number };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly describe: (error: unknown) => string;
}

/** Interval in milliseconds at which an unchanged problem is logged again. */
const repeatMs = 30_000;
/** Minimum time in milliseconds between log lines about different problems. */
const minLogIntervalMs = 5_000;

export function createClusterWatcher(deps: ClusterWatcherDeps): ClusterWatcher {
  const { reader, clock, logger, describe } = deps;
  const { healthy, unhealthy, min } = deps.refreshMs;
  /** The watched cluster. Set between `start` and `stop`. */
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
    const waitMs = logged?.text === text ? repeatMs : minLogIntervalMs;
    if (logged === undefined || now - logged.at >= waitMs) {
      logged = { text, at: now };
      logger.error({ reason }, `no Kafka broker responds: ${text}`);
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
        logger.info('the Kafka cluster responds again');
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
      // During a read, `dueAt` is in the past, and the end of the read schedules the next one.
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
