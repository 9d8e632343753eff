import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { ClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import {
  type ConnectionErrorReason,
  isConnectionRefused,
  toConnectionError,
} from '../cluster/errors/connection-error.ts';
import { describeKafkaFailure } from '../cluster/errors/describe-kafka-failure.ts';

/**
 * Detects that a different cluster responds at the same addresses. The receiver continues with the topics of the new
 * cluster.
 */
export function createClusterIdentity({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
  let firstClusterId: string | undefined;
  let lastClusterId: string | undefined;
  let identityChangedAt = 0;
  return {
    applyView({ clusterId }: Pick<ClusterView, 'clusterId'>): void {
      if (lastClusterId !== undefined && clusterId !== undefined && clusterId !== lastClusterId) {
        identityChangedAt = clock.epochMs();
        const line = { before: lastClusterId, now: clusterId };
        logger.error(
          line,
          'another Kafka cluster responds at the configured addresses: events acknowledged before are in the previous cluster',
        );
      }
      lastClusterId = clusterId ?? lastClusterId;
      firstClusterId ??= lastClusterId;
    },
    notice: () =>
      firstClusterId === lastClusterId
        ? undefined
        : `Since ${new Date(identityChangedAt).toISOString()}, another Kafka cluster responds: its id is ${lastClusterId}, but at the start the id was ${firstClusterId}. Events acknowledged before the change are in the cluster ${firstClusterId}.`,
  };
}

interface WatchedCluster {
  readonly topics: readonly string[];
  isHealthy(): boolean;
  onView(view: ClusterView): void;
}

interface ClusterWatcherDeps {
  readonly reader: Pick<ClusterReader, 'read' | 'bootstrap' | 'close'>;
  /** Intervals in milliseconds between reads of the partition leaders. `min` is the shortest interval. */
  readonly refreshMs: { readonly healthy: number; readonly unhealthy: number; readonly min: number };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Interval in milliseconds at which an unchanged problem is logged again. */
const problemRepeatIntervalMs = 30_000;
/** Minimum time in milliseconds between log lines about different problems. */
const minLogIntervalMs = 5_000;

/** Reads the description of the cluster periodically: rarely while everything is healthy, and often otherwise. */
export class ClusterWatcher {
  readonly #deps: ClusterWatcherDeps;
  /** The watched cluster. Set between `start` and `stop`. */
  #cluster: WatchedCluster | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  /** Whether the next read should query a different broker. */
  #isDoubtful = false;
  #problem: string | undefined;
  #isFinal = false;
  #logged: { readonly text: string; readonly at: number } | undefined;

  constructor(deps: ClusterWatcherDeps) {
    this.#deps = deps;
  }

  start(cluster: WatchedCluster): void {
    this.#cluster = cluster;
    this.#schedule(cluster, 0);
  }

  /** Schedules a read soon, if possible from a different broker. */
  refresh(): void {
    const { clock, refreshMs } = this.#deps;
    this.#isDoubtful = true;
    // During a read, `#dueAt` is in the past, and the end of the read schedules the next one.
    if (this.#cluster !== undefined && this.#dueAt - clock.now() > refreshMs.min) {
      this.#schedule(this.#cluster, refreshMs.min);
    }
  }

  /** Returns why no broker responded to the last read, or `undefined` if a broker responded. */
  problem(): string | undefined {
    return this.#problem;
  }

  /** Returns whether the problem does not resolve by itself. */
  isFinal(): boolean {
    return this.#isFinal;
  }

  stop(): void {
    this.#cluster = undefined;
    clearTimeout(this.#timer);
    this.#deps.reader.close();
  }

  #schedule(cluster: WatchedCluster, delayMs: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = this.#deps.clock.now() + delayMs;
    this.#timer = setTimeout(() => void this.#read(cluster), delayMs);
  }

  async #read(cluster: WatchedCluster): Promise<void> {
    const { reader, logger } = this.#deps;
    const shouldQueryAnother = this.#isDoubtful;
    this.#isDoubtful = false;
    try {
      const clusterView = await reader.read(cluster.topics, { another: shouldQueryAnother });
      if (this.#cluster === undefined) {
        return;
      }
      if (this.#problem !== undefined) {
        this.#problem = undefined;
        this.#isFinal = false;
        this.#logged = undefined;
        logger.info('the Kafka cluster responds again');
      }
      cluster.onView(clusterView);
    } catch (error) {
      this.#problem = describeKafkaFailure(error, reader.bootstrap);
      this.#isFinal = isConnectionRefused(error);
      this.#logProblem(this.#problem, toConnectionError(error).reason);
    } finally {
      if (this.#cluster !== undefined) {
        this.#schedule(cluster, this.#findDelay(cluster));
      }
    }
  }

  #findDelay(cluster: WatchedCluster): number {
    const { healthy, unhealthy, min } = this.#deps.refreshMs;
    if (this.#isDoubtful) {
      return min;
    }
    return this.#problem === undefined && cluster.isHealthy() ? healthy : unhealthy;
  }

  #logProblem(text: string, reason: ConnectionErrorReason): void {
    const { clock, logger } = this.#deps;
    const now = clock.now();
    const waitMs = this.#logged?.text === text ? problemRepeatIntervalMs : minLogIntervalMs;
    if (this.#logged === undefined || now - this.#logged.at >= waitMs) {
      this.#logged = { text, at: now };
      logger.error({ reason }, `no Kafka broker responds: ${text}`);
    }
  }
}
