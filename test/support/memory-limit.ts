import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** https://docs.kernel.org/admin-guide/cgroup-v1/memory.html, https://docs.kernel.org/admin-guide/cgroup-v2.html */
const versions = [
  { root: '/sys/fs/cgroup/memory', mark: 'memory.limit_in_bytes', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', mark: 'cgroup.controllers', limit: 'memory.max' },
];

const groups: string[] = [];

/**
 * Creates a cgroup with a memory limit, as a container runtime does. The kernel kills a process that exceeds the limit.
 * The cgroup is removed when the calling process ends.
 *
 * @returns a command prefix that runs a command in the cgroup, under the same process id
 * @throws if this user may not create a cgroup, which requires root and the memory controller
 */
export function createMemoryLimit(mib: number): readonly string[] {
  const version = versions.find(({ root, mark }) => existsSync(join(root, mark)));
  if (version === undefined) {
    throw new Error('There is no memory controller under /sys/fs/cgroup');
  }
  const group = join(version.root, `comapi-webhook-${process.pid}-${groups.length}`);
  try {
    mkdirSync(group);
    if (groups.push(group) === 1) {
      process.once('exit', () => groups.forEach(removeEmpty));
    }
    writeFileSync(join(group, version.limit), String(mib * 1024 * 1024));
  } catch (error) {
    throw new Error(`Cannot limit memory by ${group}: it takes root and the memory controller`, {
      cause: error,
    });
  }
  return ['sh', '-c', 'echo $$ > "$0" && exec "$@"', join(group, 'cgroup.procs')];
}

function removeEmpty(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // The removal fails if a process in the cgroup has not fully ended yet. An empty cgroup uses no resources.
  }
}
