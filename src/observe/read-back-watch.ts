import type { AcknowledgedRecord, ReadBack, ReadBackSampler } from '../ports/read-back.ts';
import { Backoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { describeError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CheckState } from '../runtime/readiness-check.ts';

/** Outcomes of the read-back check. `unread` means that the store could not be read for a long time. */
export const readBackOutcomes = ['same', 'removed', 'missing', 'different', 'unread'] as const;
export type ReadBackOutcome = (typeof readBackOutcomes)[number];

export interface ReadBackWatchDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe: (outcome: ReadBackOutcome) => void;
}

const readBackSettings = {
  /** Minimum time between two sampled records. */
  intervalMs: 1_000,
  /** Maximum average read rate. After a large record, the next record is read after a longer delay. */
  bytesPerSecond: 256 * 1024,
  /** Delay in milliseconds from the acknowledgement of a record to its read-back. */
  delayMs: 5_000,
  /** Delay before a missing record is read again, because the partition leader may just have changed. */
  confirmMs: 2_000,
  /** Backoff range after a failed read. */
  retryMs: { first: 5_000, last: 60_000 },
  giveUpMs: 600_000,
  maxWaiting: 32,
  /** Number of consecutive intact records after which a loss is no longer reported. */
  goodRecords: 60,
} as const;

interface WaitingRecord {
  readonly record: AcknowledgedRecord;
  readonly takenAt: number;
  dueAt: number;
  /** Whether the last read failed or found a missing or changed record. */
  isSuspect: boolean;
}

interface ReportedLoss {
  readonly text: string;
  goodSince: number;
}

/**
 * Reads one acknowledged record per second back from the store, and reports when it is missing or changed. No error
 * code reveals a store that loses acknowledged records. Readiness does not depend on the check, because other records
 * are stored and other pods use the same store.
 */
export class ReadBackWatch implements ReadBackSampler {
  isDue = true;
  readonly #deps: ReadBackWatchDeps;
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #retryDelay = new Backoff(readBackSettings.retryMs);
  #waiting: WaitingRecord[] = [];
  #isReading = false;
  #nextAt = 0;
  #pausedUntil = 0;
  #loss: ReportedLoss | undefined;
  /** Start and reason of a period in which records cannot be read back. */
  #unread: { readonly since: number; readonly why: string; isReported: boolean } | undefined;

  constructor(deps: ReadBackWatchDeps) {
    this.#deps = deps;
    this.#timer = setInterval(() => void this.#turn(), readBackSettings.intervalMs).unref();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  take(record: AcknowledgedRecord): void {
    const { intervalMs, bytesPerSecond, delayMs } = readBackSettings;
    const now = this.#deps.clock.now();
    this.isDue = false;
    this.#nextAt = now + Math.max(intervalMs, (1_000 * record.readBytes) / bytesPerSecond);
    this.#waiting.push({ record, takenAt: now, dueAt: now + delayMs, isSuspect: false });
  }

  /** Returns the read-back check, which is always ok. Its detail describes any problem. */
  check(): CheckState {
    const { lost = '', unread } = this.findings();
    const failure = unread === undefined ? '' : `records cannot be read back: ${unread}`;
    return { ok: true, detail: [lost, failure].filter((text) => text !== '').join('; ') };
  }

  /** The lost record, and the reason why records cannot be read. Each value is absent if there is no such problem. */
  findings(): { readonly lost?: string | undefined; readonly unread?: string | undefined } {
    return {
      lost: this.#loss?.text,
      unread: this.#unread?.isReported === true ? this.#unread.why : undefined,
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.isDue = false;
    this.#waiting = [];
    this.#stop.abort();
  }

  async #turn(): Promise<void> {
    if (this.#isReading) {
      return;
    }
    this.#isReading = true;
    try {
      await this.#readDue();
    } finally {
      this.#isReading = false;
    }
    const { clock } = this.#deps;
    const hasRoom = this.#waiting.length < readBackSettings.maxWaiting;
    this.isDue = hasRoom && clock.now() >= this.#nextAt && !this.signal.aborted;
  }

  async #readDue(): Promise<void> {
    const { clock } = this.#deps;
    const isPaused = clock.now() < this.#pausedUntil;
    const due = isPaused ? [] : this.#waiting.filter(({ dueAt }) => dueAt <= clock.now());
    for (const dueRecord of due) {
      let result: ReadBack;
      try {
        result = await dueRecord.record.readBack();
      } catch (error) {
        this.#onUnread(error);
        // Stops here: if one record cannot be read because the store is unavailable, the other records cannot be read
        // either.
        return;
      }
      if (this.signal.aborted) {
        return;
      }
      this.#onRead(dueRecord, result);
    }
  }

  #onRead(waiting: WaitingRecord, result: ReadBack): void {
    const { clock, logger } = this.#deps;
    if (this.#unread?.isReported === true) {
      logger.info('acknowledged records can be read back again');
    }
    this.#unread = undefined;
    this.#retryDelay.reset();
    const isLost = result.outcome === 'missing' || result.outcome === 'different';
    if (isLost && !waiting.isSuspect) {
      waiting.isSuspect = true;
      waiting.dueAt = clock.now() + readBackSettings.confirmMs;
      return;
    }
    this.#settle(waiting, result.outcome);
    if (isLost) {
      this.#onLoss(waiting, result);
    } else if (result.outcome === 'same') {
      this.#onGood();
    }
  }

  #onLoss({ record, takenAt }: WaitingRecord, { outcome, detail }: ReadBack): void {
    const { clock, logger } = this.#deps;
    const { place, id } = record;
    const acknowledgedAt = new Date(clock.epochMs() - (clock.now() - takenAt)).toISOString();
    const text = `an acknowledged record ${outcome === 'missing' ? 'is missing' : 'has changed'}: ${place} (ce_id ${id ?? 'none'}, acknowledged ${acknowledgedAt}): ${detail}`;
    this.#loss = { text, goodSince: 0 };
    logger.error({ place, id, outcome, acknowledgedAt, detail }, 'the store has lost an acknowledged record');
  }

  #onGood(): void {
    if (this.#loss !== undefined) {
      this.#loss.goodSince += 1;
      if (this.#loss.goodSince >= readBackSettings.goodRecords) {
        this.#loss = undefined;
        this.#deps.logger.info(
          `the last ${readBackSettings.goodRecords} acknowledged records were read back unchanged`,
        );
      }
    }
  }

  #onUnread(error: unknown): void {
    const { clock, logger } = this.#deps;
    const now = clock.now();
    const { since = now, isReported = false } = this.#unread ?? {};
    this.#unread = { since, why: describeError(error), isReported };
    this.#pausedUntil = now + this.#retryDelay.next();
    if (now - since >= unreadReportDelayMs && !isReported) {
      this.#unread.isReported = true;
      logger.warn({ detail: this.#unread.why }, 'acknowledged records cannot be read back');
    }
    for (const unreadRecord of this.#waiting.filter(
      ({ takenAt }) => now - takenAt >= readBackSettings.giveUpMs,
    )) {
      this.#settle(unreadRecord, 'unread');
    }
  }

  #settle(waiting: WaitingRecord, outcome: ReadBackOutcome): void {
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    this.#deps.observe(outcome);
  }
}

/** A store that is unavailable only briefly is not logged. */
const unreadReportDelayMs = 60_000;
