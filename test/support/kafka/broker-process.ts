import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { guardProcess } from '../guard-process.ts';
import type { KafkaProgram } from './fetch-kafka.ts';

const log4jFile = new URL('log4j2.properties', import.meta.url).pathname;

export interface BrokerSpec extends KafkaProgram {
  readonly nodeId: number;
  readonly port: number;
  /** Directory that contains `server.properties`. The directory is removed when this process ends. */
  readonly directory: string;
  readonly clusterDirectory: string;
  readonly javaOptions: readonly string[];
  /** Command prefix that runs the broker in a different environment, under the same process id. */
  readonly enter?: readonly string[];
}

export type Broker = ReturnType<typeof createBroker>;

/** Creates the controls of one broker. Each action resolves when the operating system has executed the action. */
export function createBroker(spec: BrokerSpec) {
  const logFile = join(spec.directory, 'broker.log');
  let child: ChildProcess | undefined;

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    if (ending === undefined || !isRunning()) {
      return;
    }
    const exited = once(ending, 'exit');
    ending.ref();
    ending.kill(signal);
    if (signal === 'SIGTERM') {
      // A process that was stopped with SIGSTOP does not handle other signals.
      ending.kill('SIGCONT');
    }
    await exited;
  }

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  return {
    nodeId: spec.nodeId,
    /** Port of the broker's client listener, which bypasses any proxy in front of the broker. */
    port: spec.port,
    logFile,
    /** Process id of the running broker. */
    get pid() {
      return child?.pid;
    },
    /**
     * Sends SIGKILL, which ends the broker without a shutdown. This also ends a broker that was stopped with SIGSTOP.
     */
    kill9: () => end('SIGKILL'),
    /** Sends SIGTERM. The broker hands over its partition leadership before it ends. */
    stop: () => end('SIGTERM'),
    /** Sends SIGSTOP. Connections stay open but get no responses. */
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    isRunning,
    /**
     * Restarts the broker with its existing data and port, unless the broker is running. Use the cluster to wait until
     * the broker is ready.
     */
    start() {
      if (isRunning()) {
        return;
      }
      const log = openSync(logFile, 'a');
      const [command, ...before] = [...(spec.enter ?? []), spec.java];
      child = spawn(
        command,
        [
          ...before,
          ...['-Xms64m', '-Xmx256m', ...spec.javaOptions],
          ...[`-Dlog4j2.configurationFile=${log4jFile}`, ...spec.quickStart],
          ...['kafka.Kafka', join(spec.directory, 'server.properties')],
        ],
        { stdio: ['ignore', log, log] },
      );
      closeSync(log);
      // A broker that a test did not stop must not keep the test process alive. A separate guard process kills such a
      // broker.
      child.unref();
      guardProcess(child, spec.clusterDirectory);
    },
  };
}

/** Returns the last lines of a broker's log, which the error message contains if a cluster does not start. */
export async function logTail(broker: Broker): Promise<string> {
  const text = await readFile(broker.logFile, 'utf8').catch(() => '');
  return `--- broker ${broker.nodeId}\n${text.split('\n').slice(-15).join('\n')}`;
}
