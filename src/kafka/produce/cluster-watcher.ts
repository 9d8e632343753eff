import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { ClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import { type ConnectionErrorReason, toConnectionError } from '../errors/connection-error.ts';
import type { ProduceSettings } from './produce-settings.ts';

/** Reads the cluster's view again and again: often while something is wrong, rarely while all is well. */
export interface ClusterWatcher {
  /** Reads again soon, if possible from another broker than last time. */
  refresh(): void;
  /** Why the last reading failed, for a person; `undefined` when it did not. */
  problem(): string | undefined;
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
  let dueAt = 0;
  let reading = false;
  let another = false;
  let problem: string | undefined;
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
    reading = true;
    const askAnother = another;
    another = false;
    try {
      const view = await reader.read(topics, { another: askAnother });
      if (stopped) {
        return;
      }
      if (problem !== undefined) {
        problem = undefined;
        logged = undefined;
        logger.info('kafka cluster answers again');
      }
      onView(view);
    } catch (error) {
      problem = describe(error);
      logProblem(problem, toConnectionError(error).reason);
    } finally {
      reading = false;
      if (!stopped) {
        schedule(another ? min : problem !== undefined || !isHealthy() ? unhealthy : healthy);
      }
    }
  }

  schedule(0);

  return {
    refresh() {
      another = true;
      if (!reading && !stopped && dueAt - clock.now() > min) {
        schedule(min);
      }
    },
    problem: () => problem,
    stop() {
      stopped = true;
      clearTimeout(timer);
      reader.close();
    },
  };
}
