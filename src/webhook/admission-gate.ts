import { Refusal } from './refusal.ts';

export interface AdmissionLimits {
  readonly maxInFlightRequests: number;
  /** Sum of the body bytes of all deliveries under way. */
  readonly maxInFlightBytes: number;
  readonly maxBodyBytes: number;
}

/** A delivery's share of the limits. */
export interface Admission {
  /**
   * Counts bytes beyond the declared length, as a body without one arrives.
   *
   * @throws {Refusal} `overloaded`
   */
  grow(bytes: number): void;
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

/** Bounds what may wait at once, so that memory stays flat however slow the store is. */
export function createAdmissionGate(limits: AdmissionLimits): AdmissionGate {
  let requests = 0;
  let bytes = 0;
  let closed = false;

  function reserve(more: number): void {
    if (bytes + more > limits.maxInFlightBytes) {
      throw new Refusal('overloaded', `More than ${limits.maxInFlightBytes} body bytes are in flight`);
    }
    bytes += more;
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
      if (requests >= limits.maxInFlightRequests) {
        throw new Refusal('overloaded', `${limits.maxInFlightRequests} deliveries are in flight`);
      }
      let held = declaredBytes ?? 0;
      reserve(held);
      requests += 1;
      let released = false;
      return {
        grow(more) {
          if (!released) {
            reserve(more);
            held += more;
          }
        },
        release() {
          if (!released) {
            released = true;
            requests -= 1;
            bytes -= held;
          }
        },
      };
    },
  };
}
