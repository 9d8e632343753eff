/** State of the network link to one address. Faults change the state and later restore it. */
export interface LinkState {
  /**
   * Whether the link transfers no data in either direction. Neither side is notified, and data in flight arrives later.
   */
  isFrozen: boolean;
  /** Whether the link refuses new connections. */
  isRefusing: boolean;
  /** Delay that is added to the default delay of each piece of data. */
  delayMs: number;
  /**
   * Number of bytes that the link still transfers before it cuts a connection. It cuts the connection that transfers
   * the last of these bytes. `undefined` means no limit.
   */
  bytesToCut: number | undefined;
}

export function createLinkState(): LinkState {
  return { isFrozen: false, isRefusing: false, delayMs: 0, bytesToCut: undefined };
}
