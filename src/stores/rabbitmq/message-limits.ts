import type { RabbitMqAddress } from '../../config/rabbitmq-config.ts';
import type { Clock } from '../../runtime/clock.ts';

/** A refusal costs the connection, so it is remembered; not for long, because a server may be told to take more. */
const rememberedMs = 10_000;

/** How large a message each server takes, as far as it has refused a larger one a moment ago. */
export class MessageLimits {
  readonly #clock: Clock;
  readonly #limits = new Map<string, { readonly bytes: number; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param reason why a connection has ended. A server closes its channel at a message that is too large; whatever else ended
   * it, the server may have started again with another limit
   */
  learn(address: RabbitMqAddress, reason: unknown): void {
    const [, limit] = /message size \d+ is larger than configured max size (\d+)/.exec(String(reason)) ?? [];
    if (limit === undefined) {
      this.#limits.delete(toKey(address));
    } else {
      this.#limits.set(toKey(address), { bytes: Number(limit), until: this.#clock.now() + rememberedMs });
    }
  }

  /** Bytes. */
  of(address: RabbitMqAddress): number {
    const known = this.#limits.get(toKey(address));
    return known === undefined || known.until < this.#clock.now() ? Number.POSITIVE_INFINITY : known.bytes;
  }
}

function toKey({ host, port }: RabbitMqAddress): string {
  return `${host}:${port}`;
}
