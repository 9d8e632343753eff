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

/** What verified deliveries hold while they wait for the store. */
export interface FairPlaces {
  readonly requests: number;
  readonly bytes: number;
  shareOf(webhook: string): Share;
  /** @throws {Refusal} `overloaded` when no place is free, or the registration has its share of them */
  requirePlace(share: Share): void;
  /**
   * @param unverifiedBytes which the bodies of others hold
   * @throws {Refusal} `overloaded` when so many bytes are not free, or the registration has its share of them
   */
  takeBytes(share: Share, bytes: number, unverifiedBytes: number): void;
  takePlace(share: Share): void;
  /** Gives a place and these bytes back. */
  release(share: Share, bytes: number): void;
}

/**
 * A registration may hold so many times what is free. Alone it gets seven eighths of a limit. What it leaves lets others
 * begin, and whatever they take lowers its own bound, until all that are busy hold as much. A registration that is the only
 * one gets all.
 */
const timesFree = 7;

/** Places that registrations share: none is kept for one that is not busy, and none is left out by one that is. */
export function createFairPlaces({ maxRequests, maxBytes, webhooks }: PlaceLimits): FairPlaces {
  const shares = new Map<string, Share>(webhooks.map((webhook) => [webhook, { requests: 0, bytes: 0 }]));
  const isShared = shares.size > 1;
  let requests = 0;
  let bytes = 0;

  function requireShare(own: number, free: number): void {
    if (isShared && own > timesFree * free) {
      throw new Refusal('overloaded', 'The registration has its share of what is in flight');
    }
  }

  return {
    get requests() {
      return requests;
    },
    get bytes() {
      return bytes;
    },
    shareOf(webhook) {
      const share = shares.get(webhook);
      if (share === undefined) {
        throw new Error(`There is no registration ${webhook}`);
      }
      return share;
    },
    requirePlace(share) {
      if (requests >= maxRequests) {
        throw new Refusal('overloaded', `${maxRequests} deliveries are in flight`);
      }
      requireShare(share.requests + 1, maxRequests - requests);
      requireShare(share.bytes, maxBytes - bytes);
    },
    takeBytes(share, more, unverifiedBytes) {
      if (bytes + unverifiedBytes + more > maxBytes) {
        throw new Refusal('overloaded', `More than ${maxBytes} body bytes are in flight`);
      }
      requireShare(share.bytes + more, maxBytes - bytes);
      share.bytes += more;
      bytes += more;
    },
    takePlace(share) {
      share.requests += 1;
      requests += 1;
    },
    release(share, given) {
      share.requests -= 1;
      share.bytes -= given;
      requests -= 1;
      bytes -= given;
    },
  };
}
