import { toErrorCode } from './error-code.ts';
import type { Marker, Producer } from './transaction-coordinator.ts';

export interface GroupOffset {
  readonly offset: number;
  readonly metadata: string;
}

/**
 * Committed offsets of one group, by `topic-partition`. Offsets of a transaction take effect once the transaction
 * marker is written.
 */
export class GroupOffsets {
  readonly #committed = new Map<string, GroupOffset>();
  readonly #pending = new Map<bigint, Map<string, GroupOffset>>();
  readonly #epochs = new Map<bigint, number>();

  find(name: string): GroupOffset | undefined {
    return this.#committed.get(name);
  }

  /** Commits an offset outside a transaction. */
  set(name: string, offset: number, metadata = ''): void {
    this.#committed.set(name, { offset, metadata });
  }

  delete(name: string): void {
    this.#committed.delete(name);
  }

  commitLater({ producerId, producerEpoch }: Producer, name: string, offset: GroupOffset): number {
    if (producerEpoch < (this.#epochs.get(producerId) ?? 0)) {
      return toErrorCode('INVALID_PRODUCER_EPOCH');
    }
    this.#epochs.set(producerId, producerEpoch);
    const offsets = this.#pending.get(producerId) ?? new Map<string, GroupOffset>();
    this.#pending.set(producerId, offsets.set(name, offset));
    return 0;
  }

  end({ producerId, producerEpoch }: Producer, marker: Marker): void {
    this.#epochs.set(producerId, producerEpoch);
    if (marker === 'commit') {
      for (const [name, offset] of this.#pending.get(producerId) ?? []) {
        this.#committed.set(name, offset);
      }
    }
    this.#pending.delete(producerId);
  }
}
