import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { SimulatedEvent } from './event-source.ts';
import type { LossReason, PostResult } from './judge-answer.ts';

/** The state of each event of a run. */
export type Fate = 'unfinished' | 'accepted' | 'lost';

const fates: readonly Fate[] = ['unfinished', 'accepted', 'lost'];

/** The fate of each event by its slot, one byte each. */
export class EventFates {
  #bytes = new Uint8Array(4_096);
  #size = 0;

  /** Slots below this have been sent. */
  get size(): number {
    return this.#size;
  }

  /** An accepted event stays accepted, whatever happens to its repeats. */
  set(slot: number, fate: Fate): void {
    if (slot >= this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, slot + 1));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#size = Math.max(this.#size, slot + 1);
    if (this.#bytes[slot] !== fates.indexOf('accepted')) {
      this.#bytes[slot] = fates.indexOf(fate);
    }
  }

  get(slot: number): Fate {
    return fates[this.#bytes[slot] ?? 0] ?? 'unfinished';
  }
}

export interface SettledEvent {
  readonly event: SimulatedEvent;
  readonly fate: Fate;
  readonly reason?: LossReason;
  readonly attempts: number;
  readonly lastResult: PostResult;
  /** Epoch milliseconds. */
  readonly settledAt: number;
}

/** One JSON line for each event that was sent, written once its fate is known: a process that is killed then loses none. */
export class Ledger {
  readonly #descriptor: number;

  /** @throws an error of the file system */
  constructor(file: string) {
    this.#descriptor = openSync(file, 'w', 0o640);
  }

  write({ event: { eventId, name, revision }, settledAt, ...rest }: SettledEvent): void {
    const line = { eventId, name, revision, ...rest, settledAt: new Date(settledAt).toISOString() };
    writeFileSync(this.#descriptor, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
