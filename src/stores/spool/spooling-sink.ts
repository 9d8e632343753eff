import type { Registry } from 'prom-client';
import type { SpoolConfig } from '../../config/spool-config.ts';
import {
  type Rejection,
  type Sink,
  SinkError,
  type SinkHealth,
  type SinkRecord,
  type SinkStatus,
} from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { toError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { DirectoryKeeper, defaultProbeIntervalMs } from '../journal/directory-keeper.ts';
import { drainSpool } from './drain-spool.ts';
import { openSpool } from './spool.ts';
import { createSpoolMetrics } from './spool-metrics.ts';

export interface SpoolingSinkDeps {
  readonly config: SpoolConfig;
  readonly store: Sink;
  /** For which the store accepts records. */
  readonly topics: readonly { readonly events: string; readonly deadLetter: string }[];
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the disk has of an append's time, when the store does not take its records. At most half of it. */
const spoolMs = 2_000;

/**
 * Stores records in the store, and on disk those that it does not confirm in time. The store may have some of them then: all are
 * stored at least once. What is on disk is given to the store by a loop of its own. While the spool cannot be opened, the store
 * alone takes records.
 */
export function createSpoolingSink(deps: SpoolingSinkDeps): Sink {
  const { config, store, topics, registry, clock, logger } = deps;
  const { directory, maxBytes } = config;
  const keeper = new DirectoryKeeper({
    name: 'spool',
    directory,
    variable: 'SPOOL_DIR',
    open: (signal) => openSpool({ directory, maxBytes, logger }, signal),
    retryIntervalMs: defaultProbeIntervalMs,
    consequence: ', so the store alone takes events',
    logger,
  });
  const metrics = createSpoolMetrics({ registry, maxBytes, current: () => keeper.current });
  const stop = new AbortController();
  let draining: Promise<void> = Promise.resolve();
  let isSpooling = false;
  let lastProblem = '';

  function report(problem: string): void {
    if (problem !== lastProblem && !stop.signal.aborted) {
      logger.warn({ detail: problem }, 'records of the spool cannot be drained at present');
    }
    lastProblem = problem;
  }

  function onEmpty(): void {
    lastProblem = '';
    if (isSpooling) {
      isSpooling = false;
      logger.info('the spool is empty: the store has all events');
    }
  }

  async function appendToSpool(
    records: readonly SinkRecord[],
    deadline: number,
    refused: Error,
  ): Promise<void> {
    if (records.length === 0) {
      return;
    }
    try {
      if (keeper.current === undefined) {
        throw new SinkError('sink_unavailable', keeper.openProblem);
      }
      await keeper.current.append(records, deadline - clock.now());
    } catch (error) {
      const code = error instanceof SinkError ? error.code : 'sink_unavailable';
      throw new SinkError(code, `${refused.message} The spool: ${toError(error).message}`, {
        cause: refused,
      });
    }
    metrics.written(records.length);
    if (!isSpooling) {
      isSpooling = true;
      logger.error({ detail: refused.message }, 'events go to the spool, and are answered 200');
    }
  }

  /** Why the spool takes nothing now; `undefined` when it does. */
  function findProblem(): string | undefined {
    return keeper.current === undefined ? keeper.openProblem : keeper.current.problem;
  }

  function health(): SinkHealth {
    const known = store.health();
    if (known.up || findProblem() !== undefined) {
      return known;
    }
    return { up: true, detail: `events go to the spool, because the store is unavailable: ${known.detail}` };
  }

  return {
    /** Also when the spool alone takes records. */
    async start() {
      draining = drainSpool({
        current: () => keeper.current,
        store,
        deadLetterTopics: new Map(topics.map(({ events, deadLetter }) => [events, deadLetter])),
        onDrained: metrics.drained,
        report,
        onEmpty,
        clock,
        logger,
        stop: stop.signal,
      });
      await Promise.race([store.start(), keeper.keepOpen()]);
    },
    async append(records, deadline) {
      if (stop.signal.aborted) {
        throw new SinkError('sink_closed', 'The sink takes no records: it is closing.');
      }
      const leftMs = deadline - clock.now();
      const storeDeadline = deadline - Math.min(spoolMs, leftMs / 2);
      try {
        return await store.append(records, storeDeadline);
      } catch (error) {
        const hasTime = clock.now() < storeDeadline;
        const left =
          hasTime && records.length > 1
            ? await appendSingly(store, records, storeDeadline)
            : { rejections: [], failed: records };
        await appendToSpool(left.failed, deadline, toError(error));
        return left.rejections;
      }
    },
    health,
    status(): SinkStatus {
      const { up, detail } = store.health();
      const { current } = keeper;
      return {
        topics: [],
        ...store.status?.(),
        store: { up, detail },
        spool: {
          problem: findProblem(),
          bytes: current?.bytes ?? 0,
          limitBytes: maxBytes,
          oldestReceivedAt: current?.oldestReceivedAt,
        },
      };
    },
    /** What is left in the spool is drained by the next process. */
    async close() {
      stop.abort();
      await store.close();
      await draining;
      await keeper.close();
    },
  };
}

/** A store refuses an append as a whole when a part of it takes no records: the others do. */
async function appendSingly(
  store: Pick<Sink, 'append'>,
  records: readonly SinkRecord[],
  deadline: number,
): Promise<{ readonly rejections: readonly Rejection[]; readonly failed: readonly SinkRecord[] }> {
  const appended = await Promise.allSettled(records.map((record) => store.append([record], deadline)));
  return {
    rejections: appended.flatMap((each, index) =>
      each.status === 'fulfilled' ? each.value.map(({ reason }) => ({ index, reason })) : [],
    ),
    failed: records.filter((_, index) => appended[index]?.status === 'rejected'),
  };
}
