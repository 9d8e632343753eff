import { Refusal } from './refusal.ts';

export interface PlaceLimits {
  readonly maxRequests: number;
  readonly maxBytes: number;
  /** Names of the registrations that share the places. */
  readonly webhooks: readonly string[];
}

/** What the verified deliveries of one registration hold. */
export interface Share {
  requests: number;
  bytes: number;
}

/**
 * A registration may hold so many times what is free. Alone it gets seven eighths of a limit. What it leaves lets others
 * begin, and whatever they take lowers its own bound, until all that are busy hold as much. A registration that is the only
 * one gets all.
 */
const timesFree = 7;

/**
 * What verified deliveries hold while they wait for the store. Registrations share it: nothing is kept for one that is not
 * busy, and none is left out by one that is.
 */
export class FairPlaces {
  requests = 0;
  bytes = 0;
  readonly #limits: PlaceLimits;
  readonly #shares: ReadonlyMap<string, Share>;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
    this.#shares = new Map(limits.webhooks.map((webhook) => [webhook, { requests: 0, bytes: 0 }]));
  }

  shareOf(webhook: string): Share {
    const share = this.#shares.get(webhook);
    if (share === undefined) {
      throw new Error(`There is no registration ${webhook}`);
    }
    return share;
  }

  /** @throws {Refusal} `overloaded` when no place is free, or the registration has its share of them */
  requirePlace(share: Share): void {
    const { maxRequests, maxBytes } = this.#limits;
    if (this.requests >= maxRequests) {
      throw new Refusal('overloaded', `${maxRequests} deliveries are in flight`);
    }
    this.#requireShare(share.requests + 1, maxRequests - this.requests);
    this.#requireShare(share.bytes, maxBytes - this.bytes);
  }

  /**
   * @param unverifiedBytes which the bodies of others hold
   * @throws {Refusal} `overloaded` when so many bytes are not free, or the registration has its share of them
   */
  takeBytes(share: Share, more: number, unverifiedBytes: number): void {
    const { maxBytes } = this.#limits;
    if (this.bytes + unverifiedBytes + more > maxBytes) {
      throw new Refusal('overloaded', `More than ${maxBytes} body bytes are in flight`);
    }
    this.#requireShare(share.bytes + more, maxBytes - this.bytes);
    share.bytes += more;
    this.bytes += more;
  }

  takePlace(share: Share): void {
    share.requests += 1;
    this.requests += 1;
  }

  /** Gives a place and these bytes back. */
  release(share: Share, bytes: number): void {
    share.requests -= 1;
    share.bytes -= bytes;
    this.requests -= 1;
    this.bytes -= bytes;
  }

  #requireShare(own: number, free: number): void {
    if (this.#shares.size > 1 && own > timesFree * free) {
      throw new Refusal('overloaded', 'The registration has its share of what is in flight');
    }
  }
}
