import { Refusal } from './refusal.ts';

/** Limits on concurrent deliveries, for all registrations together. Beyond these limits, the receiver returns 503. */
export interface AdmissionLimits {
  /** Maximum number of verified deliveries that wait for the store. */
  readonly maxInFlightRequests: number;
  /**
   * Maximum number of bytes in flight, for the bodies of all deliveries. If the records of a verified body use more
   * memory than the body, their memory counts instead.
   */
  readonly maxInFlightBytes: number;
  readonly maxBodyBytes: number;
}

/**
 * Maximum size of a small body, as a share of the byte limit. The default is 512 KiB, more than a full batch of the
 * provider.
 */
const smallBodyShare = 1 / 128;

/** Maximum ratio of the memory that is counted for a body to the body's length (see `src/http/read-body.ts`). */
const chunkOverheadFactor = 17 / 16;

/**
 * Memory that the record of the smallest event uses while it waits for the store
 * (docs/decisions/020-abusive-clients.md).
 */
const minRecordCostBytes = 1_024;

/**
 * Limits the deliveries and the bytes in flight, so that memory stays bounded however slow the store is.
 *
 * Unauthenticated clients must not be able to exhaust these limits. Therefore, a delivery counts only after its
 * signature is verified, and bytes count only after they have arrived, not when `Content-Length` announces them. All
 * unverified bodies share half of the bytes, and the rest is reserved for verified bodies. Large unverified bodies
 * share at most a quarter of the bytes. All registrations share the limits.
 */
export class AdmissionGate {
  readonly limits: AdmissionLimits;
  /** Number of verified deliveries. Only `Admission` changes this number and the two byte totals. */
  inFlightRequests = 0;
  verifiedBytes = 0;
  unverifiedBytes = 0;
  readonly #maxBytes: number;
  readonly #maxUnverifiedBytes: number;
  readonly #maxLargeBytes: number;
  readonly #smallBodyBytes: number;
  #isClosed = false;

  constructor(limits: AdmissionLimits) {
    const { maxInFlightBytes, maxBodyBytes } = limits;
    const largestBodyBytes = maxBodyBytes * chunkOverheadFactor;
    this.limits = limits;
    this.#maxBytes = Math.max(maxInFlightBytes, largestBodyBytes);
    this.#maxUnverifiedBytes = Math.max(this.#maxBytes / 2, largestBodyBytes);
    this.#maxLargeBytes = Math.max(this.#maxUnverifiedBytes / 2, largestBodyBytes);
    this.#smallBodyBytes = maxInFlightBytes * smallBodyShare;
  }

  get inFlightBytes(): number {
    return this.verifiedBytes + this.unverifiedBytes;
  }

  /** Whether unverified bodies use more than half of their budget. */
  get isCrowded(): boolean {
    const freeBytes = this.#maxBytes - this.verifiedBytes;
    return this.unverifiedBytes > Math.min(this.#maxUnverifiedBytes, freeBytes) / 2;
  }

  isLarge(bytes: number): boolean {
    return bytes > this.#smallBodyBytes;
  }

  /** Rejects all further deliveries. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * @param declaredBytes `Content-Length`, or `undefined` for a chunked body
   * @throws {Refusal} `draining`, `overloaded` or `too_large`
   */
  admit(declaredBytes: number | undefined): Admission {
    const { maxBodyBytes } = this.limits;
    if (this.#isClosed) {
      throw new Refusal('draining', 'The receiver is shutting down');
    }
    if (declaredBytes !== undefined && declaredBytes > maxBodyBytes) {
      throw new Refusal('too_large', `The body is over ${maxBodyBytes} bytes`);
    }
    // This early check keeps an overloaded receiver from reading bodies that it will reject.
    this.requirePlace();
    return new Admission(this);
  }

  /** @throws {Refusal} `overloaded` if the maximum number of deliveries is in flight */
  requirePlace(): void {
    const { maxInFlightRequests } = this.limits;
    if (this.inFlightRequests >= maxInFlightRequests) {
      throw new Refusal(
        'overloaded',
        `The limit of ${maxInFlightRequests} deliveries in flight has been reached`,
      );
    }
  }

  /**
   * Reserves more bytes for a verified delivery.
   *
   * @param unverifiedBytes number of bytes that other unverified bodies use
   * @throws {Refusal} `overloaded` if not enough bytes are free
   */
  takeVerified(more: number, unverifiedBytes: number): void {
    if (this.verifiedBytes + unverifiedBytes + more > this.#maxBytes) {
      throw new Refusal(
        'overloaded',
        `With this body, all bodies in flight together would exceed ${this.#maxBytes} bytes`,
      );
    }
    this.verifiedBytes += more;
  }

  /**
   * Reserves more bytes for an unverified body.
   *
   * @param held number of bytes of the body, including the new ones
   * @throws {Refusal} `overloaded` or `unverified_overload`
   */
  reserveUnverified(more: number, held: number): void {
    const byteLimit = this.isLarge(held) ? this.#maxLargeBytes : this.#maxUnverifiedBytes;
    if (this.unverifiedBytes + more > byteLimit) {
      throw new Refusal(
        'unverified_overload',
        `With this body, all unverified bodies together would exceed ${byteLimit} bytes`,
      );
    }
    if (this.inFlightBytes + more > this.#maxBytes) {
      throw new Refusal(
        'overloaded',
        `With this body, all bodies in flight together would exceed ${this.#maxBytes} bytes`,
      );
    }
    this.unverifiedBytes += more;
  }
}

/** The share of the limits that one delivery uses. */
export class Admission {
  readonly #gate: AdmissionGate;
  #held = 0;
  #state: 'arriving' | 'verified' | 'released' = 'arriving';

  constructor(gate: AdmissionGate) {
    this.#gate = gate;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /** Whether the body would be large with the given number of additional bytes. */
  isLargeWith(more: number): boolean {
    return this.#gate.isLarge(this.#held + more);
  }

  /**
   * Counts bytes of a body while it arrives.
   *
   * @throws {Refusal} `overloaded` or `unverified_overload`
   */
  addBytes(more: number): void {
    if (this.#state === 'arriving') {
      this.#gate.reserveUnverified(more, this.#held + more);
      this.#held += more;
    }
  }

  /**
   * Counts a verified delivery and its complete body.
   *
   * @throws {Refusal} `overloaded`
   */
  takePlace(bodyBytes: number): void {
    const admissionGate = this.#gate;
    admissionGate.requirePlace();
    admissionGate.takeVerified(bodyBytes, admissionGate.unverifiedBytes - this.#held);
    admissionGate.inFlightRequests += 1;
    admissionGate.unverifiedBytes -= this.#held;
    this.#held = bodyBytes;
    this.#state = 'verified';
  }

  /**
   * Counts the memory of a verified body's records if they use more memory than the body.
   *
   * @throws {Refusal} `overloaded`
   */
  addRecords(count: number): void {
    const admissionGate = this.#gate;
    const additionalBytes =
      Math.min(count * minRecordCostBytes, admissionGate.limits.maxBodyBytes) - this.#held;
    if (additionalBytes > 0) {
      admissionGate.takeVerified(additionalBytes, admissionGate.unverifiedBytes);
      this.#held += additionalBytes;
    }
  }

  /** Releases the delivery's share of the limits. */
  release(): void {
    if (this.#state === 'verified') {
      this.#gate.inFlightRequests -= 1;
      this.#gate.verifiedBytes -= this.#held;
    } else if (this.#state === 'arriving') {
      this.#gate.unverifiedBytes -= this.#held;
    }
    this.#state = 'released';
  }
}
