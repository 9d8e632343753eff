/** The way to one address. A fault changes it, and its end changes it back. */
export interface LinkState {
  /** Nothing passes, in neither direction, and nobody is told. What is under way comes later. */
  isFrozen: boolean;
  /** New connections are refused. */
  isRefusing: boolean;
  /** Comes on top of the ordinary time of each piece. */
  delayMs: number;
  /** Bytes that still pass before the connection that carries them is cut; `undefined` for all. */
  bytesToCut: number | undefined;
}

export function createLinkState(): LinkState {
  return { isFrozen: false, isRefusing: false, delayMs: 0, bytesToCut: undefined };
}
