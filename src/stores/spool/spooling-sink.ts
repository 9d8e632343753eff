import {
  type DeadLetterSource,
  type Rejection,
  type Sink,
  SinkError,
  type SinkRecord,
} from '../../ports/sink.ts';
import type { SinkHealth, SinkStatus } from '../../ports/sink-status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type AbandonableSink, AppendRouter } from './append-router.ts';
import type { Waiting } from './backlog.ts';
import { describeSpooling, toSpoolStatus } from './describe-spool.ts';
import { drainSpool } from './drain-loop.ts';
import { type DrainedCounts, type SetAsideLine, sendChunk } from './send-chunk.ts';
import type { SpoolKeeper } from './spool-keeper.ts';

export interface SpoolingSinkDeps {
  readonly store: AbandonableSink;
  readonly spool: SpoolKeeper;
  /** Every topic that the store takes records for. */
  readonly topics: ReadonlySet<string>;
  /** Those of them that events are stored in. */
  readonly eventTopics: readonly string[];
  /** For draining in `close`. */
  readonly drainOnCloseMs: number;
  readonly onDrained: (counts: DrainedCounts) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** After a start the receiver is not ready for so long, if the store is not there yet and the spool is empty. */
const startGraceMs = 5_000;
const storeWatchMs = 1_000;
const abandonIntervalMs = 50;

/** Stores records in the store, and in a spool on disk while the store does not take them. The spool is then drained. */
export class SpoolingSink implements Sink {
  readonly #deps: SpoolingSinkDeps;
  readonly #router: AppendRouter;
  readonly #stopDraining = new AbortController();
  readonly #refused = new WeakSet<Waiting>();
  #draining: Promise<void> | undefined;
  #isClosing = false;
  #startedAt: number | undefined;
  #wasStoreUp = false;
  #storeTimer: NodeJS.Timeout | undefined;
  /** Epoch milliseconds. */
  #storeAwaySince: number | undefined;
  #spoolingSince = 0;
  /** Why nothing can be read from the spool, or set aside. */
  #drainFailure: string | undefined;

  constructor(deps: SpoolingSinkDeps) {
    this.#deps = deps;
    this.#router = new AppendRouter({
      ...deps,
      onSpooling: (cause) => this.#onSpooling(cause),
    });
  }

  /** Resolves at once: the spool takes records while the store is unavailable. */
  async start(): Promise<void> {
    const { store, spool, clock } = this.#deps;
    this.#startedAt = clock.now();
    store.start().catch(() => {});
    this.#storeTimer = setInterval(() => this.#watchStore(), storeWatchMs).unref();
    void spool.keepOpen(() => {
      if (!spool.backlog.isEmpty) {
        this.#router.beginSpooling('an earlier process left records in the spool');
      }
    });
  }

  append(
    records: readonly SinkRecord[],
    deadline: number,
    deadLetters?: DeadLetterSource,
  ): Promise<readonly Rejection[]> {
    if (this.#isClosing || this.#startedAt === undefined) {
      const message = 'The sink takes no records: it is not started, or it is closing.';
      return Promise.reject(new SinkError('sink_closed', message));
    }
    const { promise, resolve, reject } = Promise.withResolvers<readonly Rejection[]>();
    this.#router.route({ records, deadline, deadLetters, resolve, reject });
    return promise;
  }

  health(): SinkHealth {
    const { store, spool, clock } = this.#deps;
    const health = store.health();
    const { up, detail } = health;
    if (spool.backlog.isEmpty && (up || this.#isStarting())) {
      return up ? { up, detail: spool.problem ?? '' } : { up, detail };
    }
    const storeAwaySince = this.#storeAwaySince ?? clock.epochMs();
    const facts = { health, storeAwaySince, drainFailure: this.#drainFailure };
    return {
      up: spool.problem === undefined || this.#takesSomeEvents(),
      detail: describeSpooling(spool, facts),
    };
  }

  status(): SinkStatus {
    const { store, spool } = this.#deps;
    const { up, detail } = store.health();
    const unavailableSince = up ? undefined : this.#storeAwaySince;
    return {
      topics: [],
      ...store.status?.(),
      store: { up, detail, unavailableSince },
      spool: toSpoolStatus(spool),
    };
  }

  /** Drains what the store takes in time. The rest stays in the spool. */
  async close(): Promise<void> {
    if (this.#isClosing) {
      return;
    }
    this.#isClosing = true;
    const { store, spool, drainOnCloseMs, logger } = this.#deps;
    clearInterval(this.#storeTimer);
    this.#router.cancelHandover();
    await this.#router.settled();
    await spool.idle();
    await this.#drainFor(drainOnCloseMs);
    await store.close();
    await spool.close();
    const { records, directory } = spool;
    if (records > 0) {
      logger.warn({ records, directory }, 'records are left in the spool: the next start drains them');
    }
  }

  /** Resolves when the spool is drained, or when nothing of it is on its way to the store any more. */
  async #drainFor(ms: number): Promise<void> {
    const timer = setTimeout(() => this.#stopDraining.abort(), ms);
    // Again and again: an append may be followed by one for its dead letters.
    const abandoning = setInterval(() => {
      if (this.#stopDraining.signal.aborted) {
        this.#deps.store.abandon();
      }
    }, abandonIntervalMs);
    if (!this.#deps.spool.backlog.isEmpty) {
      this.#startDraining();
    }
    await this.#draining;
    clearTimeout(timer);
    clearInterval(abandoning);
  }

  #onSpooling(cause: string): void {
    const { spool, logger, clock } = this.#deps;
    if (this.#draining === undefined) {
      this.#spoolingSince = clock.now();
      logger.error({ detail: cause, records: spool.records }, 'events go to the spool, and are answered 200');
      this.#startDraining();
    }
  }

  #startDraining(): void {
    this.#draining ??= this.#drainAll();
  }

  async #drainAll(): Promise<void> {
    const { spool } = this.#deps;
    do {
      await this.#drain();
    } while (!(spool.backlog.isEmpty || this.#isClosing));
    // In the same turn as the last look at the backlog.
    this.#draining = undefined;
  }

  async #drain(): Promise<void> {
    const { store, spool, topics, clock, logger } = this.#deps;
    await drainSpool({
      current: () => spool.current,
      store,
      topics,
      clock,
      stop: this.#stopDraining.signal,
      router: this.#router,
      send: (from, chunk, waiting, deadline) =>
        sendChunk(chunk, waiting, {
          ...this.#deps,
          deadline,
          spool: from,
          isLost: () => spool.current !== from,
          now: () => clock.now(),
          onSetAside: (line) => this.#logSetAside(line),
          onRefused: (each, among) => this.#onRefused(each, among),
        }),
      onFailure: (error) => this.#onDrainFailure(error),
      isClosing: () => this.#isClosing,
    });
    if (spool.isOpen && spool.backlog.isEmpty) {
      logger.info(
        { forMs: Math.round(clock.now() - this.#spoolingSince) },
        'the spool is drained: events go to the store',
      );
      await spool.release().catch((error: unknown) => {
        logger.warn({ err: error }, 'the disk space of the spool cannot be freed');
      });
    }
  }

  /** Others are drained meanwhile. */
  #onRefused(waiting: Waiting, among: Waiting): void {
    // Appends that come now go behind what is held.
    this.#router.cancelHandover(among);
    if (!this.#refused.has(waiting)) {
      this.#refused.add(waiting);
      this.#deps.logger.warn(
        { share: waiting.name, detail: waiting.problem },
        'the store does not take this part of the spool: it is left behind',
      );
    }
  }

  #onDrainFailure(error: Error | undefined): void {
    if (error !== undefined && this.#drainFailure !== error.message) {
      this.#deps.logger.error({ err: error }, 'the spool cannot be drained at present');
    }
    this.#drainFailure = error?.message;
  }

  /** Events of some keys go to the store, whatever the spool holds. */
  #takesSomeEvents(): boolean {
    const { store, spool, eventTopics } = this.#deps;
    const { backlog } = spool;
    return eventTopics.some((topic) => {
      const of = store.partitionCount(topic);
      return Array.from({ length: of }, (_, partition) => ({ topic, partition, of })).some(
        (share) => !backlog.holds(share) && store.problemOf(share) === undefined,
      );
    });
  }

  #logSetAside({ line, why }: SetAsideLine): void {
    const { record } = line;
    this.#deps.logger.error(
      { why, topic: record?.topic, id: record?.headers.ce_id },
      'a record of the spool can never be stored: it was set aside',
    );
  }

  #watchStore(): void {
    const { up } = this.#deps.store.health();
    this.#wasStoreUp ||= up;
    this.#storeAwaySince = up ? undefined : (this.#storeAwaySince ?? this.#deps.clock.epochMs());
  }

  #isStarting(): boolean {
    const { clock } = this.#deps;
    return !this.#wasStoreUp && clock.now() < (this.#startedAt ?? Number.POSITIVE_INFINITY) + startGraceMs;
  }
}
