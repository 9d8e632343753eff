import { Refusal } from './refusal.ts';

/** What may be under way at once, of all registrations together. Beyond it deliveries are answered 503. */
export interface AdmissionLimits {
  /** Deliveries with a good signature that wait for the store. */
  readonly maxInFlightRequests: number;
  /** Sum of the body bytes of all deliveries under way. What is small counts for what it costs. */
  readonly maxInFlightBytes: number;
  readonly maxBodyBytes: number;
}

/** Share of the bytes up to which a body is small: 512 KiB by default, more than a full batch of the provider. */
const smallBodyShare = 1 / 128;

/** A body's chunks may count for a little more than its bytes (`src/http/read-body.ts`). */
const chunkAllowance = 17 / 16;

/** What the record of the smallest event costs while it waits (docs/decisions/020-abusive-clients.md). */
const leastRecordBytes = 1_024;

/**
 * Bounds what may wait at once, so that memory stays flat however slow the store is.
 *
 * A client without a secret must not use up the limits. So a delivery takes a place only when it is verified, bytes count
 * when they arrive and not when they are announced, and all bodies that are not verified get half of the bytes together:
 * the rest is kept for verified ones. Large bodies get half of their half. All registrations share the limits.
 */
export class AdmissionGate {
  readonly limits: AdmissionLimits;
  /** Verified deliveries. Only admissions change this and the two sums of bytes. */
  inFlightRequests = 0;
  /** Held by verified deliveries. */
  verifiedBytes = 0;
  /** Held by bodies that are not verified. */
  unverifiedBytes = 0;
  readonly #maxBytes: number;
  readonly #maxUnverifiedBytes: number;
  readonly #maxLargeBytes: number;
  readonly #smallBodyBytes: number;
  #isClosed = false;

  constructor(limits: AdmissionLimits) {
    const { maxInFlightBytes, maxBodyBytes } = limits;
    const largestBodyBytes = maxBodyBytes * chunkAllowance;
    this.limits = limits;
    this.#maxBytes = Math.max(maxInFlightBytes, largestBodyBytes);
    this.#maxUnverifiedBytes = Math.max(this.#maxBytes / 2, largestBodyBytes);
    this.#maxLargeBytes = Math.max(this.#maxUnverifiedBytes / 2, largestBodyBytes);
    this.#smallBodyBytes = maxInFlightBytes * smallBodyShare;
  }

  get inFlightBytes(): number {
    return this.verifiedBytes + this.unverifiedBytes;
  }

  /** Bodies that are not verified use more than half of what they may use. */
  get isCrowded(): boolean {
    const free = this.#maxBytes - this.verifiedBytes;
    return this.unverifiedBytes > Math.min(this.#maxUnverifiedBytes, free) / 2;
  }

  /** More than the largest small body. */
  isLarge(bytes: number): boolean {
    return bytes > this.#smallBodyBytes;
  }

  /** From now on every delivery is refused. */
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
    // Also checked here, so that an overloaded receiver does not read bodies that it will refuse.
    this.requirePlace();
    return new Admission(this);
  }

  /** @throws {Refusal} `overloaded` when no place is free */
  requirePlace(): void {
    const { maxInFlightRequests } = this.limits;
    if (this.inFlightRequests >= maxInFlightRequests) {
      throw new Refusal('overloaded', `${maxInFlightRequests} deliveries are in flight`);
    }
  }

  /**
   * Counts more bytes of a verified delivery.
   *
   * @param unverifiedBytes which the bodies of others hold
   * @throws {Refusal} `overloaded` when so many bytes are not free
   */
  takeVerified(more: number, unverifiedBytes: number): void {
    if (this.verifiedBytes + unverifiedBytes + more > this.#maxBytes) {
      throw new Refusal('overloaded', `More than ${this.#maxBytes} body bytes are in flight`);
    }
    this.verifiedBytes += more;
  }

  /**
   * Counts more bytes of a body that is not verified yet, which then holds `held`.
   *
   * @throws {Refusal} `overloaded` or `unverified_overload`
   */
  reserveUnverified(more: number, held: number): void {
    const most = this.isLarge(held) ? this.#maxLargeBytes : this.#maxUnverifiedBytes;
    if (this.unverifiedBytes + more > most) {
      throw new Refusal('unverified_overload', `More than ${most} body bytes are not verified yet`);
    }
    if (this.inFlightBytes + more > this.#maxBytes) {
      throw new Refusal('overloaded', `More than ${this.#maxBytes} body bytes are in flight`);
    }
    this.unverifiedBytes += more;
  }
}

/** What one delivery uses of the limits. */
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

  /** Whether the body is large with so many bytes more. */
  isLargeWith(more: number): boolean {
    return this.#gate.isLarge(this.#held + more);
  }

  /**
   * Counts what a body holds while it arrives.
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
   * Counts a verified delivery with the whole size of its body.
   *
   * @throws {Refusal} `overloaded`
   */
  takePlace(bodyBytes: number): void {
    const gate = this.#gate;
    gate.requirePlace();
    gate.takeVerified(bodyBytes, gate.unverifiedBytes - this.#held);
    gate.inFlightRequests += 1;
    gate.unverifiedBytes -= this.#held;
    this.#held = bodyBytes;
    this.#state = 'verified';
  }

  /**
   * Counts the records of a verified body, when they cost more than its bytes.
   *
   * @throws {Refusal} `overloaded`
   */
  addRecords(count: number): void {
    const gate = this.#gate;
    const more = Math.min(count * leastRecordBytes, gate.limits.maxBodyBytes) - this.#held;
    if (more > 0) {
      gate.takeVerified(more, gate.unverifiedBytes);
      this.#held += more;
    }
  }

  /** Gives everything back. */
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
