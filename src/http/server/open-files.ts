import { readFileSync } from 'node:fs';

/** How the open files that the process is allowed are divided between the public port and the management port. */
export interface FileShares {
  /**
   * Number of listening sockets per port. Each accepts one connection per turn of the event loop. As many files again are
   * reserved for connections that a turn accepts, before excess ones are closed.
   */
  readonly acceptors: number;
  readonly publicConnections: number;
  readonly managementConnections: number;
}

const maxAcceptors = 256;

/**
 * Divides the files of both ports: a quarter for listening sockets and the connections that one turn accepts, and a half for
 * connections. The last quarter is for the store, the disk, secrets and certificates.
 */
export function toFileShares(limit: number = openFileLimit()): FileShares {
  return {
    acceptors: Math.max(1, Math.min(maxAcceptors, Math.floor(limit / 16))),
    publicConnections: Math.floor((limit * 3) / 8),
    managementConnections: Math.floor(limit / 8),
  };
}

/** Returns the limit of open files. Node raises the soft limit to the hard limit at its start. Only known on Linux. */
function openFileLimit(): number {
  const limits = process.platform === 'linux' ? readFileSync('/proc/self/limits', 'utf8') : '';
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}
