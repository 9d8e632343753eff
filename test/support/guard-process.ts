import { type ChildProcess, spawn } from 'node:child_process';

const script = `
if read -r _; then exit 0; fi
kill -9 "$1"
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
[ -z "$2" ] || rm -rf -- "$2"
`;

/**
 * Kills a child process with SIGKILL, and removes its directory, when this process ends for any reason. A guard process
 * waits on a pipe that the kernel closes. The guard runs in a separate session, so that Ctrl-C does not end it first.
 */
export function guardProcess(child: ChildProcess, directory = ''): void {
  if (child.pid === undefined) {
    return;
  }
  const guard = spawn('sh', ['-c', script, 'guard', String(child.pid), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  guard.stdin.on('error', () => {});
  child.once('exit', () => guard.stdin.end('ended\n'));
}
