import { closeSync, openSync, writeSync } from 'node:fs';
import type { SimulatedEvent } from './event-block.ts';
import type { LossReason, PostResult } from './judge-answer.ts';

export interface SettledEvent {
  readonly event: SimulatedEvent;
  readonly fate: 'accepted' | 'lost' | 'unfinished';
  readonly reason?: LossReason;
  readonly attempts: number;
  readonly lastResult: PostResult;
  /** Epoch milliseconds. */
  readonly settledAt: number;
}

/** One JSON line for each event that was sent, once its fate is known. */
export interface Ledger {
  write(settled: SettledEvent): void;
  close(): void;
}

const bufferedCharacters = 256 * 1024;

/** Writes are synchronous and rare: what is buffered stays bounded however slow the disk is. */
export function openLedger(file: string): Ledger {
  const descriptor = openSync(file, 'w', 0o640);
  let buffer = '';

  function flush(): void {
    const bytes = Buffer.from(buffer);
    buffer = '';
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(descriptor, bytes, written);
    }
  }

  return {
    write({ event: { eventId, name, revision }, settledAt, ...rest }) {
      buffer += `${JSON.stringify({ eventId, name, revision, ...rest, settledAt: new Date(settledAt).toISOString() })}\n`;
      if (buffer.length >= bufferedCharacters) {
        flush();
      }
    },
    close() {
      flush();
      closeSync(descriptor);
    },
  };
}
