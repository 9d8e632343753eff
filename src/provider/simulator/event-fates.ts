/** The state of each event of a run. */
export type Fate = 'unfinished' | 'accepted' | 'lost';

const fates: readonly Fate[] = ['unfinished', 'accepted', 'lost'];

/** The fate of each event by its slot, one byte each. */
export interface EventFates {
  /** Slots below this have been sent. */
  readonly size: number;
  /** An accepted event stays accepted, whatever happens to its repeats. */
  set(slot: number, fate: Fate): void;
  get(slot: number): Fate;
}

export function createEventFates(): EventFates {
  let bytes = new Uint8Array(4_096);
  let size = 0;
  return {
    get size() {
      return size;
    },
    set(slot, fate) {
      if (slot >= bytes.length) {
        const grown = new Uint8Array(Math.max(bytes.length * 2, slot + 1));
        grown.set(bytes);
        bytes = grown;
      }
      size = Math.max(size, slot + 1);
      if (bytes[slot] !== fates.indexOf('accepted')) {
        bytes[slot] = fates.indexOf(fate);
      }
    },
    get: (slot) => fates[bytes[slot] ?? 0] ?? 'unfinished',
  };
}
