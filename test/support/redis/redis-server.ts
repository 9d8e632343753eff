import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../free-ports.ts';
import { guardProcess } from '../guard-process.ts';
import { waitUntil } from '../wait-until.ts';
import { fetchValkey } from './fetch-valkey.ts';
import { connectRedis } from './redis-probe.ts';

export interface RedisServerOptions {
  /** Path of a server program other than Valkey. */
  readonly program?: string;
  /** Settings by name. By default, the server syncs an append-only file before each response and takes no snapshots. */
  readonly config?: Readonly<Record<string, string>>;
  readonly password?: string;
  /** Data directory to use instead of a temporary directory. The server does not remove this directory. */
  readonly directory?: string;
  /** Command prefix that runs the server in a different environment, under the same process id. */
  readonly enter?: readonly string[];
}

const defaults = { appendonly: 'yes', appendfsync: 'always', save: '', 'repl-diskless-sync-delay': '0' };

export type RedisServer = Awaited<ReturnType<typeof startRedisServer>>;

/** Starts a real server on a free loopback port. Returns the controls of the server. */
export async function startRedisServer(options: RedisServerOptions = {}) {
  const { config = {}, password, enter = [] } = options;
  const program = options.program ?? (await fetchValkey());
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'redis-test-')));
  const logFile = join(await mkdtemp(join(tmpdir(), 'redis-log-')), 'server.log');
  const [port = 0] = await freePorts(1);
  await mkdir(directory, { recursive: true });
  const settings = {
    ...{ port: String(port), bind: '127.0.0.1', dir: directory, ...defaults },
    ...(password !== undefined && { requirepass: password, masterauth: password }),
    ...config,
  };
  let child: ChildProcess | undefined;

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  async function kill9(): Promise<void> {
    const ending = child;
    if (ending !== undefined && isRunning()) {
      const exited = once(ending, 'exit');
      ending.ref();
      ending.kill('SIGKILL');
      await exited;
    }
  }

  async function ask(...args: string[]): Promise<unknown> {
    const probe = await connectRedis(port, password);
    try {
      return await probe.call(...args);
    } finally {
      probe.close();
    }
  }

  async function start(): Promise<void> {
    const log = openSync(logFile, 'a');
    const [command = '', ...args] = [
      ...enter,
      program,
      ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    ];
    child = spawn(command, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    child.unref();
    guardProcess(child);
    await waitUntil(async () => (await ask('PING')) === 'PONG', {
      ...{ timeoutMs: 20_000, what: `the server on port ${port} answers`, pollMs: 10 },
    });
  }

  await start();
  return {
    port,
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    directory,
    /** Sends a command to the server. Each call uses a new connection. */
    ask,
    /** Opens a permanent connection. */
    connect: () => connectRedis(port, password),
    /** Sends SIGKILL. Data that is not on disk is lost. */
    kill9,
    /** Sends SIGSTOP. Connections stay open but get no responses. */
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    /** Restarts the server with its existing data and port. Resolves when the server responds. */
    start,
    logText: () => readFile(logFile, 'utf8'),
    /** Stops the server and removes its data. */
    async stop() {
      child?.kill('SIGCONT');
      await kill9();
      await rm(join(logFile, '..'), { recursive: true, force: true });
      if (options.directory === undefined) {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}
