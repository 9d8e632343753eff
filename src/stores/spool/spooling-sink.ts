import type { Registry } from 'prom-client';
import type { SpoolConfig } from '../../config/spool-config.ts';
import {
  type ReceiverSink,
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
  /** Topics of the store. */
  readonly topics: readonly { readonly events: string; readonly deadLetter: string }[];
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Time in milliseconds reserved for writing to the spool before the deadline of an append, limited to half of the
 * remaining time.
 */
const spoolWriteReserveMs = 2_000;

/**
 * Creates a sink that appends records to the store. Records that the store does not confirm in time are written to a
 * spool on disk, and a loop moves these records to the store. The store may already have stored some of these
 * records, so every record is stored at least once. If the spool cannot be opened, only the store is used.
 */
export function createSpoolingSink(deps: SpoolingSinkDeps): ReceiverSink {
  const { config, store, topics, registry, clock, logger } = deps;
  const { directory, maxBytes } = config;
  const directoryKeeper = new DirectoryKeeper({
    name: 'spool',
    directory,
    variable: 'SPOOL_DIR',
    open: (signal) => openSpool({ directory, maxBytes, logger }, signal),
    retryIntervalMs: defaultProbeIntervalMs,
    consequence: 'Until the spool is open, events are only sent to the store.',
    logger,
  });
  const metrics = createSpoolMetrics({
    registry,
    maxBytes,
    current: () => directoryKeeper.current,
    findProblem: findStoreProblem,
  });
  const stopController = new AbortController();
  let drainPromise: Promise<void> = Promise.resolve();
  let isSpooling = false;
  let lastProblem = '';

  function report(problem: string): void {
    if (problem !== lastProblem && !stopController.signal.aborted) {
      logger.warn({ detail: problem }, 'cannot move events from the spool to the store yet');
    }
    lastProblem = problem;
  }

  function onEmpty(): void {
    lastProblem = '';
    if (isSpooling) {
      isSpooling = false;
      logger.info('the spool is empty: all its events are in the store');
    }
  }

  async function appendToSpool(
    records: readonly SinkRecord[],
    deadline: number,
    storeError: Error,
  ): Promise<void> {
    if (records.length === 0) {
      return;
    }
    try {
      if (directoryKeeper.current === undefined) {
        throw new SinkError('sink_unavailable', directoryKeeper.openProblem);
      }
      await directoryKeeper.current.append(records, deadline - clock.now());
    } catch (error) {
      const code = error instanceof SinkError ? error.code : 'sink_unavailable';
      throw new SinkError(
        code,
        `${storeError.message} The spool cannot store the records either: ${toError(error).message}`,
        {
          cause: storeError,
        },
      );
    }
    metrics.written(records.length);
    if (!isSpooling) {
      isSpooling = true;
      logger.error(
        { detail: storeError.message },
        'the store does not confirm events: they are written to the spool, and deliveries get 200',
      );
    }
  }

  /** Returns the reason why the spool accepts no records, or `undefined` if the spool accepts records. */
  function findStoreProblem(): string | undefined {
    return directoryKeeper.current === undefined
      ? directoryKeeper.openProblem
      : directoryKeeper.current.problem;
  }

  function health(): SinkHealth {
    const storeHealth = store.health();
    if (storeHealth.up || findStoreProblem() !== undefined) {
      return storeHealth;
    }
    return {
      up: true,
      detail: `events are written to the spool, because the store is unavailable: ${storeHealth.detail}`,
    };
  }

  return {
    /** Resolves when the store or the spool accepts records. */
    async start() {
      drainPromise = drainSpool({
        current: () => directoryKeeper.current,
        store,
        deadLetterTopics: new Map(topics.map(({ events, deadLetter }) => [events, deadLetter])),
        onDrained: metrics.drained,
        report,
        onEmpty,
        clock,
        logger,
        stop: stopController.signal,
      });
      await Promise.race([store.start(), directoryKeeper.keepOpen()]);
    },
    async append(records, deadline) {
      if (stopController.signal.aborted) {
        throw new SinkError('sink_closed', 'The sink accepts no records: it is closing.');
      }
      const remainingMs = deadline - clock.now();
      const storeDeadline = deadline - Math.min(spoolWriteReserveMs, remainingMs / 2);
      try {
        return await store.append(records, storeDeadline);
      } catch (error) {
        const hasTimeLeft = clock.now() < storeDeadline;
        const appendResult =
          hasTimeLeft && records.length > 1
            ? await appendOneByOne(store, records, storeDeadline)
            : { rejections: [], failed: [...records.keys()] };
        const failedRecords = appendResult.failed.map((index) => records[index] as SinkRecord);
        await appendToSpool(failedRecords, deadline, toError(error));
        return [
          ...appendResult.rejections,
          ...appendResult.failed.map((index) => ({ index, reason: 'spooled' as const })),
        ];
      }
    },
    health,
    status(): SinkStatus {
      const { up, detail } = store.health();
      const { current } = directoryKeeper;
      return {
        topics: [],
        ...store.status?.(),
        store: { up, detail },
        spool: {
          problem: findStoreProblem(),
          bytes: current?.bytes ?? 0,
          limitBytes: maxBytes,
          oldestReceivedAt: current?.oldestReceivedAt,
        },
      };
    },
    /** Closes the store and the spool. The next process drains the remaining records in the spool. */
    async close() {
      stopController.abort();
      await store.close();
      await drainPromise;
      await directoryKeeper.close();
    },
  };
}

/**
 * Appends each record separately, because a store fails a whole append even if it accepts some of the records.
 *
 * @returns the rejections, and the indexes of the records that failed
 */
async function appendOneByOne(
  store: Pick<Sink, 'append'>,
  records: readonly SinkRecord[],
  deadline: number,
): Promise<{ readonly rejections: readonly Rejection[]; readonly failed: readonly number[] }> {
  const appendResults = await Promise.allSettled(records.map((record) => store.append([record], deadline)));
  return {
    rejections: appendResults.flatMap((each, index) =>
      each.status === 'fulfilled' ? each.value.map(({ reason }) => ({ index, reason })) : [],
    ),
    failed: [...records.keys()].filter((index) => appendResults[index]?.status === 'rejected'),
  };
}
