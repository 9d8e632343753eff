import type { TellCause } from '../http/log-deliveries.ts';
import { maxExaminedBytes, type StraySignature } from '../webhook/explain/explain-signature.ts';
import type { SignatureMismatch } from '../webhook/refusal.ts';

/** What is kept of a refused delivery until its cause is told. */
export interface KeptSignature {
  readonly webhook: string;
  readonly signature: StraySignature;
  readonly tell: TellCause;
}

/** Most single events are smaller. To try all near secrets on such a body takes some 50 µs. */
const smallBodyBytes = 8 * 1024;

/** 1 MiB, as one large body has. */
const smallBodiesKept = 128;

export function toKept(webhook: string, { compared }: SignatureMismatch, tell: TellCause): KeptSignature {
  const { body, digest } = compared;
  // A small body may be a part of a large chunk, which would be kept with it.
  const kept = body.length <= smallBodyBytes ? Buffer.from(body) : body;
  return { webhook, signature: { body: kept, digest, algorithm: 'sha1' }, tell };
}

/** A random choice of the signatures that wait for their examination: at most 128 with small bodies and one with a large one. */
export class KeptSignatures {
  readonly #small: RandomSample<KeptSignature>;
  readonly #large: RandomSample<KeptSignature>;

  /** @param random as `Math.random` */
  constructor(random: () => number) {
    this.#small = new RandomSample(smallBodiesKept, random);
    this.#large = new RandomSample(1, random);
  }

  /** @returns what is not kept, if something is not: this one, or one that was kept before */
  offer(refused: KeptSignature): KeptSignature | undefined {
    const { length } = refused.signature.body;
    if (length > maxExaminedBytes) {
      return refused;
    }
    return (length <= smallBodyBytes ? this.#small : this.#large).offer(refused);
  }

  /** Ends this choice and begins the next one. */
  take(): { readonly small: readonly KeptSignature[]; readonly large: readonly KeptSignature[] } {
    return { small: this.#small.take(), large: this.#large.take() };
  }
}

/** A random choice of what is offered: each has the same chance, however much else is offered before or after it. */
class RandomSample<T> {
  readonly #size: number;
  readonly #random: () => number;
  #chosen: T[] = [];
  #offered = 0;

  constructor(size: number, random: () => number) {
    this.#size = size;
    this.#random = random;
  }

  /** @returns what has no place in the choice: this one, or one that had a place before */
  offer(item: T): T | undefined {
    this.#offered += 1;
    if (this.#chosen.length < this.#size) {
      this.#chosen.push(item);
      return undefined;
    }
    const place = Math.floor(this.#random() * this.#offered);
    const left = this.#chosen[place] ?? item;
    if (left !== item) {
      this.#chosen[place] = item;
    }
    return left;
  }

  take(): T[] {
    const chosen = this.#chosen;
    this.#chosen = [];
    this.#offered = 0;
    return chosen;
  }
}
