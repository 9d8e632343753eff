import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { ClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import {
  type ConnectionErrorReason,
  isRefused,
  toConnectionError,
} from '../cluster/errors/connection-error.ts';
import type { ProduceDeps, ProduceSettings } from './produce-settings.ts';

/** Notices that another cluster answers at the same addresses. Its topics are taken as they are. */
export function createClusterIdentity({ clock, logger }: Pick<ProduceDeps, 'clock' | 'logger'>) {
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
  /** Reads again soon, if possible from another broker than last time. */
  refresh(): void;
  /** Why no broker answered the last time, for a person; `undefined` when one did. */
  problem(): string | undefined;
  /** Why no broker answered does not pass by itself. */
  isFinal(): boolean;
  stop(): void;
}

interface ClusterWatcherDeps {
  readonly reader: ClusterReader;
  readonly topics: readonly string[];
  readonly settings: Pick<ProduceSettings, 'refreshMs'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly isHealthy: () => boolean;
  readonly onView: (view: ClusterView) => void;
  /** An error as sentences for the operator. */
  readonly describe: (error: unknown) => string;
}

/** The same problem is logged again after this time, another one sooner. */
const repeatMs = 30_000;
const leastRepeatMs = 5_000;

export function createClusterWatcher(deps: ClusterWatcherDeps): ClusterWatcher {
  const { reader, topics, settings, clock, logger, isHealthy, onView, describe } = deps;
  const { healthy, unhealthy, min } = settings.refreshMs;
  let timer: NodeJS.Timeout | undefined;
  let dueAt: number;
  let another = false;
  let problem: string | undefined;
  let isFinal = false;
  let logged: { readonly text: string; readonly at: number } | undefined;
  let stopped = false;

  function schedule(delayMs: number): void {
    clearTimeout(timer);
    dueAt = clock.now() + delayMs;
    timer = setTimeout(() => void read(), delayMs);
  }

  function logProblem(text: string, reason: ConnectionErrorReason): void {
    const now = clock.now();
    const waitMs = logged?.text === text ? repeatMs : leastRepeatMs;
    if (logged === undefined || now - logged.at >= waitMs) {
      logged = { text, at: now };
      logger.error({ reason }, `no kafka broker answers: ${text}`);
    }
  }

  async function read(): Promise<void> {
    const askAnother = another;
    another = false;
    try {
      const view = await reader.read(topics, { another: askAnother });
      if (stopped) {
        return;
      }
      if (problem !== undefined) {
        problem = undefined;
        isFinal = false;
        logged = undefined;
        logger.info('kafka cluster answers again');
      }
      onView(view);
    } catch (error) {
      problem = describe(error);
      isFinal = isRefused(error);
      logProblem(problem, toConnectionError(error).reason);
    } finally {
      if (!stopped) {
        schedule(another ? min : problem !== undefined || !isHealthy() ? unhealthy : healthy);
      }
    }
  }

  schedule(0);

  return {
    refresh() {
      another = true;
      // While it reads, nothing is due later.
      if (!stopped && dueAt - clock.now() > min) {
        schedule(min);
      }
    },
    problem: () => problem,
    isFinal: () => isFinal,
    stop() {
      stopped = true;
      clearTimeout(timer);
      reader.close();
    },
  };
}
