import { closeSync, openSync, writeSync } from 'node:fs';
import type { SimulatedEvent } from './event-source.ts';
import type { LossReason, PostResult } from './judge-answer.ts';

/** The state of each event of a run. */
export type Fate = 'unfinished' | 'accepted' | 'lost' | 'withheld';

const fates: readonly Fate[] = ['unfinished', 'accepted', 'lost', 'withheld'];

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
  /** Absent when it was not sent. */
  readonly lastResult?: PostResult | undefined;
  /** Epoch milliseconds. */
  readonly settledAt: number;
}

const bufferedCharacters = 256 * 1024;

/**
 * One JSON line for each event that was sent, once its fate is known. Writes are synchronous and rare: what is buffered stays
 * bounded however slow the disk is.
 */
export class Ledger {
  readonly #descriptor: number;
  #buffer = '';

  /** @throws an error of the file system */
  constructor(file: string) {
    this.#descriptor = openSync(file, 'w', 0o640);
  }

  write({ event: { eventId, name, revision }, settledAt, ...rest }: SettledEvent): void {
    this.#buffer += `${JSON.stringify({ eventId, name, revision, ...rest, settledAt: new Date(settledAt).toISOString() })}\n`;
    if (this.#buffer.length >= bufferedCharacters) {
      this.#flush();
    }
  }

  close(): void {
    this.#flush();
    closeSync(this.#descriptor);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#buffer);
    this.#buffer = '';
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#descriptor, bytes, written);
    }
  }
}
