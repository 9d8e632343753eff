import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { ClusterView } from './cluster-view.ts';
import { toLinkError } from './link-error.ts';
import type { ProduceSettings } from './produce-settings.ts';

/** Reads the cluster's view again and again: often while something is wrong, rarely while all is well. */
export interface ClusterWatcher {
  /** Reads soon, from another broker than last time if there is one. */
  refresh(): void;
  stop(): void;
}

interface ClusterWatcherDeps {
  readonly reader: ClusterReader;
  readonly topics: readonly string[];
  readonly settings: Pick<ProduceSettings, 'refreshMs'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly isCalm: () => boolean;
  readonly onView: (view: ClusterView) => void;
}

export function createClusterWatcher(deps: ClusterWatcherDeps): ClusterWatcher {
  const { reader, topics, settings, clock, logger, isCalm, onView } = deps;
  const { calm, troubled, least } = settings.refreshMs;
  let timer: NodeJS.Timeout | undefined;
  let dueAt = 0;
  let reading = false;
  let another = false;
  let unreachable = false;
  let stopped = false;

  function schedule(delayMs: number): void {
    clearTimeout(timer);
    dueAt = clock.now() + delayMs;
    timer = setTimeout(() => void read(), delayMs);
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
      if (unreachable) {
        unreachable = false;
        logger.info('kafka cluster answers again');
      }
      onView(view);
    } catch (error) {
      const { reason, message } = toLinkError(error);
      logger[unreachable ? 'debug' : 'error']({ reason }, `no kafka broker answers: ${message}`);
      unreachable = true;
    } finally {
      reading = false;
      if (!stopped) {
        schedule(another ? least : unreachable || !isCalm() ? troubled : calm);
      }
    }
  }

  schedule(0);

  return {
    refresh() {
      another = true;
      if (!reading && !stopped && dueAt - clock.now() > least) {
        schedule(least);
      }
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      reader.close();
    },
  };
}
