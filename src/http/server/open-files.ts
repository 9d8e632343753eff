import { readFileSync } from 'node:fs';

/** What each of both ports may take of the files that a process may have open. */
export interface FileShares {
  /**
   * Sockets that listen on one port: each accepts one connection in a turn of the event loop. As many files again are for
   * what a turn accepts, before others have made room for it.
   */
  readonly acceptors: number;
  readonly publicConnections: number;
  readonly managementConnections: number;
}

const mostAcceptors = 256;

/**
 * Of both ports together what listens, and what a turn accepts, takes a quarter of the files, and connections take a half. The
 * last quarter is for the store, the disk, secrets and certificates.
 */
export function toFileShares(limit: number = openFileLimit()): FileShares {
  return {
    acceptors: Math.max(1, Math.min(mostAcceptors, Math.floor(limit / 16))),
    publicConnections: Math.floor((limit * 3) / 8),
    managementConnections: Math.floor(limit / 8),
  };
}

/** Node raises the soft limit to the hard one when it starts. Elsewhere than on Linux it is not known. */
function openFileLimit(): number {
  const limits = process.platform === 'linux' ? readFileSync('/proc/self/limits', 'utf8') : '';
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}
