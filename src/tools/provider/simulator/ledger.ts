import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { LossReason, PostResult } from './classify-response.ts';
import type { SimulatedEvent } from './event-source.ts';

/** The outcome of an event of a run. */
export type Fate = 'unfinished' | 'accepted' | 'lost';

export interface SettledEvent {
  readonly event: SimulatedEvent;
  readonly fate: Fate;
  readonly reason?: LossReason;
  readonly attempts: number;
  readonly lastResult: PostResult;
  /** Epoch milliseconds. */
  readonly settledAt: number;
}

/**
 * A file with one JSON line for each event. Each line is written as soon as the outcome is known, so a crash does not
 * lose lines.
 */
export class Ledger {
  readonly #descriptor: number;

  /** @throws {Error} of the file system */
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
