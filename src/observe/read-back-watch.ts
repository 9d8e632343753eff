import type { AcknowledgedRecord, ReadBack, ReadBackSampler } from '../ports/read-back.ts';
import { Backoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { describeError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CheckState } from '../runtime/readiness-check.ts';

/** `unread`: the store could not say for a long time. */
export const readBackOutcomes = ['same', 'removed', 'missing', 'different', 'unread'] as const;
export type ReadBackOutcome = (typeof readBackOutcomes)[number];

export interface ReadBackWatchDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe: (outcome: ReadBackOutcome) => void;
}

const readBackSettings = {
  /** Between two records that are taken. */
  intervalMs: 1_000,
  /** What is read on average at most: after a large one the next one waits. */
  bytesPerSecond: 256 * 1024,
  /** From the acknowledgement to the reading. */
  delayMs: 5_000,
  /** A record that is not there is looked for again after this time: leaders and views may just have changed. */
  confirmMs: 2_000,
  /** Nothing is read for so long after the store could not say. */
  retryMs: { first: 5_000, last: 60_000 },
  giveUpMs: 600_000,
  maxWaiting: 32,
  /** A loss is shown until so many records in a row were there. */
  goodRecords: 60,
} as const;

interface WaitingRecord {
  readonly record: AcknowledgedRecord;
  readonly takenAt: number;
  dueAt: number;
  /** The last reading did not find it as it was. */
  isDoubted: boolean;
}

interface Loss {
  readonly text: string;
  goodSince: number;
}

/**
 * Reads a record a second again that the store has acknowledged, and says when it is not there as it was: no error code tells
 * of a store that loses what it has confirmed. No readiness depends on it: others are stored, and the next pod has the same store.
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
  #loss: Loss | undefined;
  /** Since nothing could be read, and why. */
  #unread: { readonly since: number; readonly why: string; isTold: boolean } | undefined;

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
    this.#waiting.push({ record, takenAt: now, dueAt: now + delayMs, isDoubted: false });
  }

  /** Never unready: what is amiss is named. */
  check(): CheckState {
    const unread = this.#unread?.isTold === true ? `records cannot be read back: ${this.#unread.why}` : '';
    return { ok: true, detail: [this.#loss?.text ?? '', unread].filter((text) => text !== '').join('; ') };
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
    for (const waiting of due) {
      let result: ReadBack;
      try {
        result = await waiting.record.readBack();
      } catch (error) {
        this.#onUnread(error);
        // What one record hears of a store that is away, the others would hear too.
        return;
      }
      if (this.signal.aborted) {
        return;
      }
      this.#onRead(waiting, result);
    }
  }

  #onRead(waiting: WaitingRecord, result: ReadBack): void {
    const { clock, logger } = this.#deps;
    if (this.#unread?.isTold === true) {
      logger.info('acknowledged records can be read back again');
    }
    this.#unread = undefined;
    this.#retryDelay.reset();
    const isLost = result.outcome === 'missing' || result.outcome === 'different';
    if (isLost && !waiting.isDoubted) {
      waiting.isDoubted = true;
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
    const text = `an acknowledged record is ${outcome === 'missing' ? 'not there any more' : 'another one now'}: ${place} (ce_id ${id ?? 'none'}, acknowledged ${acknowledgedAt}): ${detail}`;
    this.#loss = { text, goodSince: 0 };
    logger.error({ place, id, outcome, acknowledgedAt, detail }, 'the store has lost an acknowledged record');
  }

  #onGood(): void {
    if (this.#loss !== undefined) {
      this.#loss.goodSince += 1;
      if (this.#loss.goodSince >= readBackSettings.goodRecords) {
        this.#loss = undefined;
        this.#deps.logger.info('acknowledged records are where they were stored again');
      }
    }
  }

  #onUnread(error: unknown): void {
    const { clock, logger } = this.#deps;
    const now = clock.now();
    const { since = now, isTold = false } = this.#unread ?? {};
    this.#unread = { since, why: describeError(error), isTold };
    this.#pausedUntil = now + this.#retryDelay.next();
    if (now - since >= reportAfterMs && !isTold) {
      this.#unread.isTold = true;
      logger.warn({ detail: this.#unread.why }, 'acknowledged records cannot be read back');
    }
    for (const waiting of this.#waiting.filter(({ takenAt }) => now - takenAt >= readBackSettings.giveUpMs)) {
      this.#settle(waiting, 'unread');
    }
  }

  #settle(waiting: WaitingRecord, outcome: ReadBackOutcome): void {
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    this.#deps.observe(outcome);
  }
}

/** A store that is away for a moment is not worth a line. */
const reportAfterMs = 60_000;
