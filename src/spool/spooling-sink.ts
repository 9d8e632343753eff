import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import {
  type DeadLetterSource,
  type Rejection,
  type Sink,
  SinkError,
  type SinkHealth,
  type SinkRecord,
} from '../sink/sink.ts';
import type { SinkStatus } from '../sink/sink-status.ts';
import { type AbandonableSink, AppendRouter } from './append-router.ts';
import { ChunkInHand, type DrainedCounts, type SetAsideLine } from './chunk-in-hand.ts';
import { describeSpooling, toSpoolStatus } from './describe-spool.ts';
import { runDrainLoop } from './drain-loop.ts';
import type { SpoolKeeper } from './spool-keeper.ts';

export interface SpoolingSinkDeps {
  readonly store: AbandonableSink;
  readonly spool: SpoolKeeper;
  /** Every topic that the store takes records for. */
  readonly topics: ReadonlySet<string>;
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
  #draining: Promise<void> = Promise.resolve();
  #isClosing = false;
  #startedAt: number | undefined;
  #wasStoreUp = false;
  #storeTimer: NodeJS.Timeout | undefined;
  /** Epoch milliseconds. */
  #storeAwaySince: number | undefined;
  #spoolingSince = 0;
  /** Why the store did not take the head of the spool. */
  #lastFailure: string | undefined;

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
      if (spool.records > 0 && this.#router.isDirect) {
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
    if (this.#router.isDirect && (up || this.#isStarting())) {
      return up ? { up, detail: spool.problem ?? '' } : { up, detail };
    }
    const storeAwaySince = this.#storeAwaySince ?? clock.epochMs();
    const facts = { health, storeAwaySince, lastFailure: this.#lastFailure };
    return { up: spool.problem === undefined, detail: describeSpooling(spool, facts) };
  }

  status(): SinkStatus {
    const { store, spool } = this.#deps;
    const health = store.health();
    const unavailableSince = health.up ? undefined : this.#storeAwaySince;
    return {
      topics: [],
      ...store.status?.(),
      store: { ...health, unavailableSince },
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
    await this.#draining;
    clearTimeout(timer);
    clearInterval(abandoning);
  }

  #onSpooling(cause: string): void {
    const { spool, logger, clock } = this.#deps;
    this.#spoolingSince = clock.now();
    this.#lastFailure = undefined;
    logger.error({ detail: cause, records: spool.records }, 'events go to the spool, and are answered 200');
    // The end of an earlier drain gives disk space back.
    this.#draining = this.#draining.then(() => this.#drain());
  }

  async #drain(): Promise<void> {
    const { store, spool, clock, logger } = this.#deps;
    await runDrainLoop({
      spool,
      store,
      clock,
      stop: this.#stopDraining.signal,
      router: this.#router,
      toChunkInHand: (chunk) =>
        new ChunkInHand(chunk, { ...this.#deps, onSetAside: (line) => this.#logSetAside(line) }),
      onFailure: (error) => {
        this.#lastFailure = error.message;
        logger.debug({ err: error }, 'the head of the spool was not stored');
      },
      isClosing: () => this.#isClosing,
    });
    if (this.#router.isDirect) {
      logger.info(
        { forMs: Math.round(clock.now() - this.#spoolingSince) },
        'the spool is drained: events go to the store',
      );
      await spool.release().catch((error: unknown) => {
        logger.warn({ err: error }, 'the disk space of the spool cannot be freed');
      });
    }
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
