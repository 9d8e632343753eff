import { Refusal } from './refusal.ts';

export interface AdmissionLimits {
  /** Deliveries with a good signature that wait for the store. */
  readonly maxInFlightRequests: number;
  /** Sum of the body bytes of all deliveries under way. */
  readonly maxInFlightBytes: number;
  readonly maxBodyBytes: number;
}

/** What one delivery uses of the limits. */
export interface Admission {
  /**
   * Counts body bytes as they arrive.
   *
   * @throws {Refusal} `overloaded`
   */
  addBytes(bytes: number): void;
  /**
   * Counts a verified delivery with the whole size of its body.
   *
   * @throws {Refusal} `overloaded`
   */
  takePlace(bodyBytes: number): void;
  /** Gives everything back. */
  release(): void;
}

export interface AdmissionGate {
  /**
   * @param declaredBytes `Content-Length`, or `undefined` for a chunked body
   * @throws {Refusal} `draining`, `overloaded` or `too_large`
   */
  admit(declaredBytes: number | undefined): Admission;
  /** From now on every delivery is refused. */
  close(): void;
  readonly limits: AdmissionLimits;
  readonly inFlightRequests: number;
  readonly inFlightBytes: number;
}

/** Share of the bytes up to which a body is small: 512 KiB by default, more than a full batch of the provider. */
const smallBodyShare = 1 / 128;

/**
 * Bounds what may wait at once, so that memory stays flat however slow the store is.
 *
 * A client without a secret must not use up the limits. So a delivery takes a place only when it is verified, bytes count
 * when they arrive and not when they are announced, and large bodies that are not verified get at most half of the bytes.
 */
export function createAdmissionGate(limits: AdmissionLimits): AdmissionGate {
  const maxUnverifiedBytes = Math.max(limits.maxInFlightBytes / 2, limits.maxBodyBytes);
  const smallBodyBytes = limits.maxInFlightBytes * smallBodyShare;
  let requests = 0;
  let bytes = 0;
  let unverifiedBytes = 0;
  let closed = false;

  function reserve(more: number): void {
    if (bytes + more > limits.maxInFlightBytes) {
      throw new Refusal('overloaded', `More than ${limits.maxInFlightBytes} body bytes are in flight`);
    }
    bytes += more;
  }

  function requirePlace(): void {
    if (requests >= limits.maxInFlightRequests) {
      throw new Refusal('overloaded', `${limits.maxInFlightRequests} deliveries are in flight`);
    }
  }

  return {
    limits,
    get inFlightRequests() {
      return requests;
    },
    get inFlightBytes() {
      return bytes;
    },
    close() {
      closed = true;
    },
    admit(declaredBytes) {
      if (closed) {
        throw new Refusal('draining', 'The receiver is shutting down');
      }
      if (declaredBytes !== undefined && declaredBytes > limits.maxBodyBytes) {
        throw new Refusal('too_large', `The body is over ${limits.maxBodyBytes} bytes`);
      }
      // Also checked here, so that an overloaded receiver does not read bodies that it will refuse.
      requirePlace();
      let held = 0;
      let state: 'arriving' | 'verified' | 'released' = 'arriving';
      return {
        addBytes(more) {
          if (state === 'arriving') {
            if (held + more > smallBodyBytes && unverifiedBytes + more > maxUnverifiedBytes) {
              throw new Refusal(
                'overloaded',
                `More than ${maxUnverifiedBytes} body bytes are not verified yet`,
              );
            }
            reserve(more);
            unverifiedBytes += more;
            held += more;
          }
        },
        takePlace(bodyBytes) {
          requirePlace();
          reserve(bodyBytes - held);
          unverifiedBytes -= held;
          held = bodyBytes;
          requests += 1;
          state = 'verified';
        },
        release() {
          if (state === 'released') {
            return;
          }
          if (state === 'verified') {
            requests -= 1;
          } else {
            unverifiedBytes -= held;
          }
          bytes -= held;
          state = 'released';
        },
      };
    },
  };
}
