import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { guardProcess } from '../guard-process.ts';

const run = promisify(execFile);
const script = new URL('enter-root.sh', import.meta.url).pathname;
const unshare = ['--mount', '--pid', '--fork', '--kill-child'];

interface RabbitMqNodeSpec {
  readonly root: string;
  readonly name: string;
  readonly port: number;
  readonly tlsPort: number | undefined;
  readonly distributionPort: number;
  readonly namesPort: number;
  /** Directory of this node. The directory is removed together with `clusterDirectory`. */
  readonly directory: string;
  readonly clusterDirectory: string;
  readonly configuration: string;
}

export type RabbitMqNode = Awaited<ReturnType<typeof createRabbitMqNode>>;

/** Creates the controls of one node. Each action resolves when the operating system has executed the action. */
export async function createRabbitMqNode(spec: RabbitMqNodeSpec) {
  const { root, name, port, tlsPort, directory } = spec;
  const logFile = join(directory, 'node.log');
  const env = { PATH: process.env.PATH, RABBITMQ_DIST_PORT: String(spec.distributionPort) };
  const enter = [...unshare, script, root, directory, name, String(spec.namesPort)];
  let child: ChildProcess | undefined;

  for (const each of ['etc', 'home', 'log']) {
    await mkdir(join(directory, each), { recursive: true });
  }
  await writeFile(join(directory, 'hosts'), '127.0.0.1 localhost\n');
  await writeFile(join(directory, 'etc/rabbitmq.conf'), spec.configuration);
  await writeFile(join(directory, 'home/.erlang.cookie'), 'only-for-the-tests', { mode: 0o400 });

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  function signalServer(signal: NodeJS.Signals): void {
    for (const pid of child?.pid === undefined ? [] : findServers(child.pid)) {
      process.kill(pid, signal);
    }
  }

  return {
    name,
    /** Port of the node's client listener, which bypasses any proxy in front of the node. */
    port,
    tlsPort,
    isRunning,
    /** Restarts a stopped node with its existing data and port. Does nothing if the node is running. */
    start() {
      if (isRunning()) {
        return;
      }
      const log = openSync(logFile, 'a');
      child = spawn('unshare', [...enter, 'rabbitmq-server'], { env, stdio: ['ignore', log, log] });
      closeSync(log);
      child.unref();
      guardProcess(child, spec.clusterDirectory);
    },
    /** Sends SIGKILL, which ends the node without a shutdown. */
    async kill9() {
      if (child !== undefined && isRunning()) {
        const exited = once(child, 'exit');
        child.ref();
        signalServer('SIGKILL');
        child.kill('SIGKILL');
        await exited;
      }
    },
    /** Sends SIGTERM. */
    async stop() {
      if (child !== undefined && isRunning()) {
        const exited = once(child, 'exit');
        child.ref();
        signalServer('SIGCONT');
        signalServer('SIGTERM');
        await exited;
      }
    },
    /** Sends SIGSTOP. Connections stay open but get no responses. */
    pause: () => signalServer('SIGSTOP'),
    resume: () => signalServer('SIGCONT'),
    /** Runs `rabbitmqctl` on this node. */
    async control(...args: readonly string[]) {
      const { stdout } = await run('unshare', [...enter, 'rabbitmqctl', '--node', name, ...args], { env });
      return stdout;
    },
    async logTail() {
      const text = await readFile(logFile, 'utf8').catch(() => '');
      return `--- ${name}\n${text.split('\n').slice(-25).join('\n')}`;
    },
  };
}

/** Finds the Erlang VMs below a process. */
function findServers(pid: number): number[] {
  try {
    const own = readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('beam') ? [pid] : [];
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return [...own, ...children.flatMap((each) => findServers(Number(each)))];
  } catch {
    return [];
  }
}
