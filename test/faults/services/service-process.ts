import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { guardProcess } from '../../support/guard-process.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { DownTime } from '../verdict/judge.ts';

/** Time for which the receiver under test continues to serve requests after SIGTERM. */
export const shutdownDelayMs = 1_000;

export interface ServiceSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** URL that returns status 200 once the service can store events. */
  readonly readyUrl: string;
  readonly logFile: string;
}

/** The process under test, which tests can stop and restart. */
export interface ServiceProcess {
  /** Periods of intentional downtime. */
  readonly downTimes: readonly DownTime[];
  readonly pid: number;
  isRunning(): boolean;
  /**
   * Whether a load balancer sends requests to the process: from its first readiness until shortly after SIGTERM,
   * regardless of the state of the store.
   */
  isRouted(): boolean;
  start(): Promise<void>;
  kill9(): Promise<void>;
  /** Sends SIGTERM. Resolves with the exit code, or with `null` if a signal ended the process. */
  terminate(): Promise<number | null>;
  logText(): Promise<string>;
}

/**
 * Time until a load balancer stops sending requests after SIGTERM. This is half of the receiver's own shutdown delay.
 */
const unrouteAfterMs = shutdownDelayMs / 2;

export function createServiceProcess(spec: ServiceSpec): ServiceProcess {
  const downTimes: { from: number; to: number; readonly isKilled: boolean }[] = [];
  let child: ChildProcess | undefined;

  let isRouted = false;

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const ending = child;
    if (ending === undefined || !isRunning()) {
      return ending?.exitCode ?? null;
    }
    downTimes.push({ from: Date.now(), to: Infinity, isKilled: signal === 'SIGKILL' });
    const exited = once(ending, 'exit');
    ending.ref();
    ending.kill(signal);
    await exited;
    return ending.exitCode;
  }

  return {
    downTimes,
    get pid() {
      return child?.pid ?? 0;
    },
    isRunning,
    isRouted: () => isRouted,
    async start() {
      if (isRunning()) {
        return;
      }
      const log = openSync(spec.logFile, 'a');
      child = spawn(spec.command, spec.args, { stdio: ['ignore', log, log], env: { ...spec.env } });
      closeSync(log);
      child.unref();
      guardProcess(child);
      const starting = child;
      await waitUntil(async () => !isRunning() || (await fetch(spec.readyUrl)).ok, {
        // Long enough for a Kafka that is down for 20 s and takes another 20 s to restart on a busy machine.
        timeoutMs: 120_000,
        what: `${spec.readyUrl} says 200`,
      });
      if (!isRunning()) {
        const text = await readFile(spec.logFile, 'utf8');
        throw new Error(`The service ended with ${starting.exitCode}: ${text.slice(-2_000)}`);
      }
      isRouted = true;
      const last = downTimes.at(-1);
      if (last !== undefined) {
        last.to = Math.min(last.to, Date.now());
      }
    },
    async kill9() {
      await end('SIGKILL');
    },
    terminate() {
      setTimeout(() => {
        isRouted = false;
      }, unrouteAfterMs).unref();
      return end('SIGTERM');
    },
    logText: () => readFile(spec.logFile, 'utf8').catch(() => ''),
  };
}
