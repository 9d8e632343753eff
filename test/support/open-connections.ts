import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const established = '01';

/** Counts, by port, the TCP connections of a process to the given ports (proc(5): fd, net/tcp). */
export function countConnections(pid: number, ports: readonly number[]): Map<number, number> {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`).match(/^socket:\[(\d+)\]$/)?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  const counts = new Map(ports.map((port) => [port, 0]));
  for (const file of ['tcp', 'tcp6']) {
    for (const line of readFileSync(`/proc/${pid}/net/${file}`, 'utf8').split('\n').slice(1)) {
      const [, , remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const port = Number.parseInt(remote.slice(remote.lastIndexOf(':') + 1), 16);
      const count = counts.get(port);
      if (count !== undefined && state === established && inodes.has(inode)) {
        counts.set(port, count + 1);
      }
    }
  }
  return counts;
}
