import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const image = 'localhost/comapi-webhook-receiver:test';

const engine = hasDocker() ? 'docker' : 'podman';
/**
 * Options for systems without a container daemon or systemd: the runtime runc, and the resource limits that it supports
 * there.
 */
const podmanGlobals = ['--runtime', 'runc'];
const podmanLimits = [
  '--pull=never',
  '--ulimit',
  'nofile=1024:1024',
  '--ulimit',
  'nproc=4096:4096',
  '--no-healthcheck',
];

/** Options that match the restricted pod security standard of Kubernetes. */
const hardened = [
  '--read-only',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--memory=256m',
  '--pids-limit=64',
  '--network=host',
  '--tmpfs=/data:rw,mode=1777',
];

export interface ContainerOptions {
  /** Image to run. The default is the project's image. */
  readonly from?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** User that runs the container. The default is the user in the image. */
  readonly user?: string;
  readonly entrypoint?: string;
  readonly args?: readonly string[];
}

export interface Container {
  readonly name: string;
  readonly process: ChildProcess;
  /** Waits for the next line of the log (standard error) that matches the predicate. */
  line(predicate: (line: string) => boolean): Promise<string>;
  /** Exit code and complete output. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

export function runContainer(options: ContainerOptions): Container {
  const { from = image, env = {}, user, entrypoint, args = [] } = options;
  const name = `comapi-image-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const child = spawn(engine, [
    ...(engine === 'podman' ? podmanGlobals : []),
    'run',
    '--rm',
    `--name=${name}`,
    ...(engine === 'podman' ? podmanLimits : []),
    ...hardened,
    ...Object.entries(env).map(([key, value]) => `--env=${key}=${value}`),
    ...(user === undefined ? [] : [`--user=${user}`]),
    ...(entrypoint === undefined ? [] : [`--entrypoint=${entrypoint}`]),
    from,
    ...args,
  ]);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const look of waiting) {
        look();
      }
    });
  }
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({
    code: code ?? null,
    output: lines.join('\n'),
  }));
  return {
    name,
    process: child,
    ended,
    line: (predicate) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(predicate);
          if (found !== undefined) {
            waiting.delete(look);
            resolve(found);
          }
        };
        waiting.add(look);
        look();
        void ended.then(({ output }) => reject(new Error(`the container ended: ${output}`)));
      }),
  };
}

export function containerCommand(...args: string[]): string {
  return execFileSync(engine, [...(engine === 'podman' ? podmanGlobals : []), ...args], { encoding: 'utf8' });
}

function hasDocker(): boolean {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
