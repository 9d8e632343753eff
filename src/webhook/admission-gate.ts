import { Refusal } from './refusal.ts';

export interface AdmissionLimits {
  /** Deliveries with a good signature that wait for the store. */
  readonly maxInFlightRequests: number;
  /** Sum of the body bytes of all deliveries under way. */
  readonly maxInFlightBytes: number;
  readonly maxBodyBytes: number;
}

/** A delivery's share of the limits. */
export interface Admission {
  /**
   * Counts body bytes as they arrive.
   *
   * @throws {Refusal} `overloaded`
   */
  grow(bytes: number): void;
  /**
   * Takes a place for a verified body.
   *
   * @throws {Refusal} `overloaded`
   */
  enter(bodyBytes: number): void;
  release(): void;
}

export interface AdmissionGate {
  /**
   * @param declaredBytes `Content-Length`, or `undefined` for a chunked body
   * @throws {Refusal} `draining`, `overloaded` or `too_large`
   */
  admit(declaredBytes: number | undefined): Admission;
  /** Refuses all deliveries from now on. */
  close(): void;
  readonly limits: AdmissionLimits;
  readonly inFlightRequests: number;
  readonly inFlightBytes: number;
}

/** A body of up to this share of the bytes is small: 512 KiB by default, above a full batch of the provider's. */
const smallBodyShare = 1 / 128;

/**
 * Bounds what may wait at once, so that memory stays flat however slow the store is. Whoever has no secret holds no
 * place and no more bytes than it has sent, and large bodies get at most half of the bytes until they are verified: a few
 * connections that announce large bodies and send nothing, or send without an end, would else keep out every genuine
 * delivery.
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
      // Here already, so that an overload does not cost the reading of what is refused.
      requirePlace();
      let held = 0;
      let state: 'arriving' | 'entered' | 'released' = 'arriving';
      return {
        grow(more) {
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
        enter(bodyBytes) {
          requirePlace();
          reserve(bodyBytes - held);
          unverifiedBytes -= held;
          held = bodyBytes;
          requests += 1;
          state = 'entered';
        },
        release() {
          if (state === 'released') {
            return;
          }
          if (state === 'entered') {
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
