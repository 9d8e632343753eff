import { readFileSync } from 'node:fs';

/** Division of the process's open-file limit between the public port and the management port. */
export interface FileDescriptorShares {
  /**
   * Number of listening sockets per port. Each socket accepts one connection per turn of the event loop. The same
   * number of files is reserved for connections that a turn accepts before excess connections are closed.
   */
  readonly acceptors: number;
  readonly publicConnections: number;
  readonly managementConnections: number;
}

const maxListeningSockets = 256;

/**
 * Divides the open files. A quarter is for the listening sockets of both ports and the connections that one turn
 * accepts, and half is for open connections. The last quarter is for the store, the disk, secrets and certificates.
 */
export function calculateFileDescriptorShares(limit: number = openFileLimit()): FileDescriptorShares {
  return {
    acceptors: Math.max(1, Math.min(maxListeningSockets, Math.floor(limit / 16))),
    publicConnections: Math.floor((limit * 3) / 8),
    managementConnections: Math.floor(limit / 8),
  };
}

/**
 * Returns the limit of open files, which is known only on Linux. When Node.js starts, it raises the soft limit to the
 * hard limit.
 */
function openFileLimit(): number {
  const limits = process.platform === 'linux' ? readFileSync('/proc/self/limits', 'utf8') : '';
  const softLimit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return softLimit === undefined ? Number.POSITIVE_INFINITY : Number(softLimit);
}
