import type { Clock } from '../runtime/clock.ts';
import type { KnownSecrets, Secret } from '../webhook/secret.ts';

/** As long as the provider sends a delivery again. */
const keptMs = 24 * 3_600_000;

/** How many are kept for each registration, the latest. */
const mostKept = 4;

interface Removed extends Secret {
  readonly removedAt: number;
}

/**
 * Secrets that were removed or replaced lately. They verify nothing: a signature of one is refused, and it can be said that it
 * is of one. A process knows those alone that it had itself.
 */
export class RemovedSecrets {
  readonly #clock: Clock;
  readonly #removed = new Map<string, readonly Removed[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  remember(webhook: string, before: KnownSecrets, after: KnownSecrets): void {
    const valid = new Set(after.secrets.map(({ value }) => value));
    const removedAt = this.#clock.now();
    const removed = before.secrets.map((secret) => ({ ...secret, removedAt }));
    const all = [...removed, ...this.#kept(webhook)];
    this.#removed.set(webhook, all.filter(({ value }) => !valid.has(value)).slice(0, mostKept));
  }

  of(webhook: string): readonly Secret[] {
    return this.#kept(webhook);
  }

  #kept(webhook: string): readonly Removed[] {
    const now = this.#clock.now();
    const kept = (this.#removed.get(webhook) ?? []).filter(({ removedAt }) => now - removedAt < keptMs);
    this.#removed.set(webhook, kept);
    return kept;
  }
}
