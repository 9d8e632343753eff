import { describeSender, readTraceId } from '../http/log-deliveries.ts';
import type { DecidedDelivery } from '../http/webhook-route.ts';
import { maxExaminedBytes, type StraySignature } from '../webhook/explain/explain-signature.ts';
import type { SignatureMismatch } from '../webhook/refusal.ts';

export type RefusedDelivery = Pick<DecidedDelivery, 'webhook' | 'request'> & {
  readonly delivery: Parameters<typeof readTraceId>[0];
};

/** What is kept of a refused delivery until it is examined. A connection that has ended does not know its address any more. */
export interface KeptSignature {
  readonly webhook: string;
  readonly signature: StraySignature;
  readonly sender: ReturnType<typeof describeSender> & { readonly traceId: string | undefined };
}

/** Most single events are smaller. To try all near secrets on such a body takes some 50 µs. */
const smallBodyBytes = 8 * 1024;

/** 1 MiB, as one large body has. */
const smallBodiesKept = 128;

/** A random choice of the signatures that wait for their examination: at most 128 with small bodies and one with a large one. */
export class KeptSignatures {
  readonly #small: RandomSample<KeptSignature>;
  readonly #large: RandomSample<KeptSignature>;

  /** @param random as `Math.random` */
  constructor(random: () => number) {
    this.#small = new RandomSample(smallBodiesKept, random);
    this.#large = new RandomSample(1, random);
  }

  get isEmpty(): boolean {
    return this.#small.isEmpty && this.#large.isEmpty;
  }

  /** @returns which registration's signature is not kept, if one is not: this one, or one that was kept before */
  offer(
    { webhook, delivery, request }: RefusedDelivery,
    { compared }: SignatureMismatch,
  ): string | undefined {
    const { body, digest } = compared;
    if (body.length > maxExaminedBytes) {
      return webhook;
    }
    const isSmall = body.length <= smallBodyBytes;
    // A small body may be a part of a large chunk, which would be kept with it.
    const kept = isSmall ? Buffer.from(body) : body;
    return (isSmall ? this.#small : this.#large).offer({
      webhook,
      signature: { body: kept, digest, algorithm: 'sha1' },
      sender: { ...describeSender(request), traceId: readTraceId(delivery) },
    })?.webhook;
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

  get isEmpty(): boolean {
    return this.#offered === 0;
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
