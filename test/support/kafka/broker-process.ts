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
  /** Holds `server.properties`; removed when this process dies. */
  readonly directory: string;
  readonly clusterDirectory: string;
  readonly javaOptions: readonly string[];
  /** Before the command: runs it elsewhere under the same process id. */
  readonly enter?: readonly string[];
}

export type Broker = ReturnType<typeof createBroker>;

/** What can be done to one broker. Each resolves when the operating system has done it. */
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
      // A frozen process does not see it.
      ending.kill('SIGCONT');
    }
    await exited;
  }

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  return {
    nodeId: spec.nodeId,
    /** Of the client listener of the broker itself, not of a proxy before it. */
    port: spec.port,
    logFile,
    /** Of the process that runs. */
    get pid() {
      return child?.pid;
    },
    /** SIGKILL: no goodbye to anybody. A frozen one answers nothing any more. */
    kill9: () => end('SIGKILL'),
    /** SIGTERM: leadership is handed over first. */
    stop: () => end('SIGTERM'),
    /** SIGSTOP: connections stay up, nothing is answered. */
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    isRunning,
    /** Starts it again on its own data and port, if it is not running; readiness is the cluster's to say. */
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
      // A forgotten broker must not keep a test process alive: its guard ends it.
      child.unref();
      guardProcess(child, spec.clusterDirectory);
    },
  };
}

/** The end of a broker's own log, for the error of a cluster that does not come up. */
export async function logTail(broker: Broker): Promise<string> {
  const text = await readFile(broker.logFile, 'utf8').catch(() => '');
  return `--- broker ${broker.nodeId}\n${text.split('\n').slice(-15).join('\n')}`;
}
