import { type Rejection, type Sink, SinkError, type SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Waiting } from './backlog.ts';
import { shareOf, toShareName } from './share.ts';
import { type Part, splitTicket, type Ticket, type Way } from './split-ticket.ts';
import type { SpoolKeeper } from './spool-keeper.ts';

/** A store's sink that a spool can stand before. */
export type AbandonableSink = Sink & Required<Pick<Sink, 'abandon' | 'partitionCount' | 'problemOf'>>;

export interface AppendRouterDeps {
  readonly store: AbandonableSink;
  readonly spool: Pick<SpoolKeeper, 'append' | 'backlog' | 'isOpen' | 'leaveBehind'>;
  readonly clock: Clock;
  /** The spool has to be drained from now on. @param cause why the store did not take an append */
  readonly onSpooling: (cause: string) => void;
}

/** A quarter of the time that an append has is kept for the spool, and no more than this. */
const maxReserveMs = 2_000;
/** How long appends wait for a handover; none of them for more than half of the time that it has. */
const handoverMs = 1_000;

const noRejections: readonly Rejection[] = [];

interface Handover {
  readonly held: Part[];
  /** In the time of `Clock.now`. */
  endsAt: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Which way appends go. The records of a key reach the store in the order of their appends: when the store does not take
 * one append, all of its share that are undecided go to the spool with it, in order. While records of a share are in the
 * spool, every append of that share goes behind them; appends of other shares go to the store. An append that the store does
 * not route is refused alone: the store is well.
 */
export class AppendRouter {
  readonly #deps: AppendRouterDeps;
  /** Sent to the store, in order, by the name of their share. */
  readonly #undecided = new Map<string, Set<Part>>();
  /** What is nearly drained: appends wait until it is. */
  readonly #handovers = new Map<Waiting, Handover>();
  #settled: PromiseWithResolvers<void> | undefined;

  constructor(deps: AppendRouterDeps) {
    this.#deps = deps;
  }

  route(ticket: Ticket): void {
    const { store, spool } = this.#deps;
    if (!spool.isOpen) {
      const { records, deadline, deadLetters, resolve, reject } = ticket;
      store.append(records, deadline, deadLetters).then(resolve, reject);
      return;
    }
    for (const part of splitTicket(ticket, (record) => this.#findWay(record))) {
      this.#routePart(part);
    }
  }

  /** Resolves when no append is on its way to the store. */
  async settled(): Promise<void> {
    if (this.#undecided.size > 0) {
      this.#settled ??= Promise.withResolvers();
      await this.#settled.promise;
    }
  }

  /** The spool was opened, and an earlier process left records in it: what is undecided goes behind them. */
  beginSpooling(cause: string): void {
    for (const [part] of [...this.#undecided.values()].map((parts) => [...parts])) {
      if (part !== undefined) {
        this.#stop(part, cause);
      }
    }
    this.#deps.onSpooling(cause);
  }

  /** From now on appends of this share wait, so that its end in the spool stands still. */
  beginHandover(waiting: Waiting): void {
    if (!this.#handovers.has(waiting)) {
      const handover = { held: [], endsAt: Number.POSITIVE_INFINITY, timer: undefined };
      this.#handovers.set(waiting, handover);
      this.#limitHandover(waiting, handover, handoverMs);
    }
  }

  /** Everything of this share was drained: its appends go to the store again. @returns false when it was cancelled meanwhile */
  completeHandover(waiting: Waiting): boolean {
    if (!this.#handovers.has(waiting)) {
      return false;
    }
    this.#deps.spool.backlog.remove(waiting);
    this.cancelHandover(waiting);
    return true;
  }

  /** Appends of this share, or of all, go to the spool again. */
  cancelHandover(waiting?: Waiting): void {
    for (const each of waiting === undefined ? [...this.#handovers.keys()] : [waiting]) {
      const handover = this.#handovers.get(each);
      clearTimeout(handover?.timer);
      this.#handovers.delete(each);
      for (const part of handover?.held ?? []) {
        this.route(part);
      }
    }
  }

  #findWay(record: SinkRecord): Way {
    const { store, spool } = this.#deps;
    const share = shareOf(record, store.partitionCount(record.topic));
    const waiting = spool.backlog.find(record);
    // What waits was perhaps shared out otherwise than the store does now.
    return { share, name: waiting === undefined ? toShareName(share) : `waiting ${waiting.name}` };
  }

  #routePart(part: Part): void {
    const { store, spool } = this.#deps;
    const waiting = spool.backlog.find(part.records[0]);
    const handover = waiting && this.#handovers.get(waiting);
    if (waiting === undefined) {
      this.#keepUndecided(part);
      const problem = store.problemOf(part.share);
      if (problem === undefined) {
        void this.#sendDirect(part);
      } else {
        this.#stop(part, problem);
      }
    } else if (handover !== undefined) {
      handover.held.push(part);
      this.#limitHandover(waiting, handover, this.#timeLeft(part) / 2);
    } else {
      this.#sendToSpool(part, waiting);
    }
  }

  /** The handover is cancelled after this time, unless it ends before. */
  #limitHandover(waiting: Waiting, handover: Handover, ms: number): void {
    const endsAt = this.#deps.clock.now() + ms;
    if (endsAt < handover.endsAt) {
      handover.endsAt = endsAt;
      clearTimeout(handover.timer);
      handover.timer = setTimeout(() => this.cancelHandover(waiting), Math.max(0, ms));
    }
  }

  async #sendDirect(part: Part): Promise<void> {
    const { records, deadline, resolve, reject } = part;
    const reserveMs = Math.max(0, Math.min(maxReserveMs, this.#timeLeft(part) / 4));
    try {
      const rejections = await this.#deps.store.append(records, deadline - reserveMs);
      if (this.#decide(part)) {
        resolve(rejections);
      }
    } catch (error) {
      const isUndecided = this.#undecided.get(part.name)?.has(part) === true;
      if (isUndecided && error instanceof SinkError && error.code !== 'sink_unroutable') {
        this.#stop(part, error.message);
      } else if (this.#decide(part)) {
        reject(error);
      }
    }
    this.#resolveSettled();
  }

  /** The share of this part goes to the spool, with all of it that is undecided. */
  #stop({ share, name }: Part, cause: string): void {
    const { store, spool, onSpooling } = this.#deps;
    const parts = [...(this.#undecided.get(name) ?? [])];
    this.#undecided.delete(name);
    store.abandon(share);
    for (const part of parts) {
      this.#sendToSpool(part, spool.backlog.find(part.records[0]) ?? spool.leaveBehind(share, cause));
    }
    this.#resolveSettled();
    onSpooling(cause);
  }

  #sendToSpool(part: Part, waiting: Waiting | undefined): void {
    const { spool } = this.#deps;
    const { records, deadLetters, resolve, reject } = part;
    const counted = waiting ?? { toDisk: 0 };
    counted.toDisk += 1;
    spool
      .append(records, this.#timeLeft(part), deadLetters)
      .finally(() => {
        counted.toDisk -= 1;
      })
      .then(() => resolve(noRejections), reject);
  }

  #keepUndecided(part: Part): void {
    const parts = this.#undecided.get(part.name);
    if (parts === undefined) {
      this.#undecided.set(part.name, new Set([part]));
    } else {
      parts.add(part);
    }
  }

  /** @returns false when it went to the spool meanwhile */
  #decide(part: Part): boolean {
    const parts = this.#undecided.get(part.name);
    const isOwn = parts?.delete(part) === true;
    if (parts?.size === 0) {
      this.#undecided.delete(part.name);
    }
    return isOwn;
  }

  #timeLeft({ deadline }: Ticket): number {
    return deadline - this.#deps.clock.now();
  }

  #resolveSettled(): void {
    if (this.#undecided.size === 0) {
      this.#settled?.resolve();
      this.#settled = undefined;
    }
  }
}
