import { createFairPlaces } from './fair-places.ts';
import { Refusal } from './refusal.ts';

export interface AdmissionLimits {
  /** Deliveries with a good signature that wait for the store. */
  readonly maxInFlightRequests: number;
  /** Sum of the body bytes of all deliveries under way. What is small counts for what it costs. */
  readonly maxInFlightBytes: number;
  readonly maxBodyBytes: number;
  /** Names of the registrations that share the limits. */
  readonly webhooks: readonly string[];
}

/** What one delivery uses of the limits. */
export interface Admission {
  /**
   * Counts what a body holds while it arrives.
   *
   * @throws {Refusal} `overloaded` or `unverified_overload`
   */
  addBytes(bytes: number): void;
  /**
   * Counts a verified delivery with the whole size of its body.
   *
   * @throws {Refusal} `overloaded`
   */
  takePlace(bodyBytes: number): void;
  /**
   * Counts the records of a verified body, when they cost more than its bytes.
   *
   * @throws {Refusal} `overloaded`
   */
  addRecords(count: number): void;
  /** Gives everything back. */
  release(): void;
}

export interface AdmissionGate {
  /**
   * @param declaredBytes `Content-Length`, or `undefined` for a chunked body
   * @throws {Refusal} `draining`, `overloaded` or `too_large`
   */
  admit(webhook: string, declaredBytes: number | undefined): Admission;
  /** From now on every delivery is refused. */
  close(): void;
  readonly limits: AdmissionLimits;
  readonly inFlightRequests: number;
  readonly inFlightBytes: number;
  /** Bodies that are not verified use more than half of what they may use. */
  readonly isCrowded: boolean;
}

/** Share of the bytes up to which a body is small: 512 KiB by default, more than a full batch of the provider. */
const smallBodyShare = 1 / 128;

/** A body's chunks may count for a little more than its bytes (`src/http/read-body.ts`). */
const chunkAllowance = 17 / 16;

/** What the record of the smallest event costs while it waits (docs/decisions/020-clients-that-mean-no-good.md). */
const leastRecordBytes = 1_024;

/**
 * Bounds what may wait at once, so that memory stays flat however slow the store is.
 *
 * A client without a secret must not use up the limits. So a delivery takes a place only when it is verified, bytes count
 * when they arrive and not when they are announced, and all bodies that are not verified get half of the bytes together:
 * the rest is kept for verified ones. Of their half, large bodies get half.
 */
export function createAdmissionGate(limits: AdmissionLimits): AdmissionGate {
  const { maxInFlightRequests, maxInFlightBytes, maxBodyBytes, webhooks } = limits;
  const largestBodyBytes = maxBodyBytes * chunkAllowance;
  const maxBytes = Math.max(maxInFlightBytes, largestBodyBytes);
  const maxUnverifiedBytes = Math.max(maxBytes / 2, largestBodyBytes);
  const maxLargeBytes = Math.max(maxUnverifiedBytes / 2, largestBodyBytes);
  const smallBodyBytes = maxInFlightBytes * smallBodyShare;
  const places = createFairPlaces({ maxRequests: maxInFlightRequests, maxBytes, webhooks });
  let unverifiedBytes = 0;
  let closed = false;

  function reserveUnverified(more: number, most: number): void {
    if (unverifiedBytes + more > most) {
      throw new Refusal('unverified_overload', `More than ${most} body bytes are not verified yet`);
    }
    if (places.bytes + unverifiedBytes + more > maxBytes) {
      throw new Refusal('overloaded', `More than ${maxBytes} body bytes are in flight`);
    }
    unverifiedBytes += more;
  }

  return {
    limits,
    get inFlightRequests() {
      return places.requests;
    },
    get inFlightBytes() {
      return places.bytes + unverifiedBytes;
    },
    get isCrowded() {
      return unverifiedBytes > Math.min(maxUnverifiedBytes, maxBytes - places.bytes) / 2;
    },
    close() {
      closed = true;
    },
    admit(webhook, declaredBytes) {
      if (closed) {
        throw new Refusal('draining', 'The receiver is shutting down');
      }
      if (declaredBytes !== undefined && declaredBytes > maxBodyBytes) {
        throw new Refusal('too_large', `The body is over ${maxBodyBytes} bytes`);
      }
      const share = places.shareOf(webhook);
      // Also checked here, so that an overloaded receiver does not read bodies that it will refuse.
      places.requirePlace(share);
      let held = 0;
      let state: 'arriving' | 'verified' | 'released' = 'arriving';
      return {
        addBytes(more) {
          if (state === 'arriving') {
            reserveUnverified(more, held + more > smallBodyBytes ? maxLargeBytes : maxUnverifiedBytes);
            held += more;
          }
        },
        takePlace(bodyBytes) {
          places.requirePlace(share);
          places.takeBytes(share, bodyBytes, unverifiedBytes - held);
          places.takePlace(share);
          unverifiedBytes -= held;
          held = bodyBytes;
          state = 'verified';
        },
        addRecords(count) {
          const more = Math.min(count * leastRecordBytes, maxBodyBytes) - held;
          if (more > 0) {
            places.takeBytes(share, more, unverifiedBytes);
            held += more;
          }
        },
        release() {
          if (state === 'verified') {
            places.release(share, held);
          } else if (state === 'arriving') {
            unverifiedBytes -= held;
          }
          state = 'released';
        },
      };
    },
  };
}
