/** State of the link to one address. Faults change it and later restore it. */
export interface LinkState {
  /** No data passes in either direction, and nobody is notified. Data in flight arrives later. */
  isFrozen: boolean;
  /** New connections are refused. */
  isRefusing: boolean;
  /** Added to the usual delay of each piece of data. */
  delayMs: number;
  /** Number of bytes that still pass before the connection that carries them is cut. `undefined` means no limit. */
  bytesToCut: number | undefined;
}

export function createLinkState(): LinkState {
  return { isFrozen: false, isRefusing: false, delayMs: 0, bytesToCut: undefined };
}
