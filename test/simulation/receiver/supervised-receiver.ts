import { loadReceiverConfig } from '../../../src/config/receiver-config.ts';
import { startReceiver } from '../../../src/receiver.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { Env } from '../../../src/runtime/config-error.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { exitCodes as exitCodesOf, runProcess } from '../../../src/runtime/run-process.ts';
import type { DownTime } from '../../faults/verdict/judge.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';

/** A receiver that is started again whenever it ends, as a supervisor does it. */
export interface SupervisedReceiver {
  /** Its host name. */
  readonly name: string;
  /** In virtual milliseconds. The last one may not be over. */
  readonly downTimes: readonly DownTime[];
  /** Exit codes of processes that ended by themselves. */
  readonly exitCodes: readonly number[];
  isUp(): boolean;
  /** It is up and not about to end: a load balancer sends it deliveries. */
  isServing(): boolean;
  /** SIGTERM. It is started again once it has ended, if `restartMs` is given. */
  terminate(restartMs?: number): void;
  /** SIGKILL, and a start later. */
  kill(restartMs: number): void;
}

export const ports = { public: 8080, management: 9090 } as const;

interface SupervisedReceiverDeps {
  readonly world: World;
  readonly name: string;
  readonly env: Env;
  /** Begins a process; without it one of a world without a disk. */
  readonly startProcess?: ((name: string) => SimulatedProcess) | undefined;
}

type SignalListener = (signal: string) => void;

/** Built as `receive-command.ts` builds it. */
export function superviseReceiver({
  world,
  name,
  env,
  startProcess = world.processes.start,
}: SupervisedReceiverDeps): SupervisedReceiver {
  const downTimes: { from: number; to: number; isKilled: boolean }[] = [];
  const exitCodes: number[] = [];
  let process: SimulatedProcess | undefined;
  let signalListeners: SignalListener[] = [];
  let restartMs: number | undefined;
  let isEnding = false;

  function start(): void {
    const config = loadReceiverConfig({
      HTTP_PORT: String(ports.public),
      MANAGEMENT_PORT: String(ports.management),
      LOG_LEVEL: 'warn',
      ...env,
    });
    const logger = createLogger(config.logLevel, { write: (line) => world.note(name, line.trimEnd()) });
    const started = startProcess(name);
    process = started;
    signalListeners = [];
    isEnding = false;
    world.note(name, 'starts', 'all');
    started.run(() => {
      void runProcess({
        async start() {
          const receiver = await startReceiver(config, { logger, clock: systemClock });
          comeUp();
          return receiver;
        },
        logger,
        shutdownTimeoutMs: config.shutdown.timeoutMs,
        signals: { on: (_signal, listener) => signalListeners.push(listener) },
        exit: (code) => world.after(1, () => exited(started, code)),
      }).catch((error: unknown) => {
        world.note(name, `cannot start: ${String(error)}`);
        world.after(1, () => exited(started, exitCodesOf.failed));
      });
    });
  }

  /** A process that was killed while it ended was down twice. */
  function comeUp(): void {
    for (const downTime of downTimes) {
      downTime.to = Math.min(downTime.to, world.now());
    }
  }

  function exited(ended: SimulatedProcess, code: number): void {
    if (ended.isAlive()) {
      world.note(name, `exits with ${code}`, 'all');
      exitCodes.push(code);
      ended.end();
      startLater();
    }
  }

  function startLater(): void {
    const inMs = restartMs;
    restartMs = undefined;
    if (inMs !== undefined) {
      world.after(inMs, start);
    }
  }

  function goDown(isKilled: boolean): void {
    downTimes.push({ from: world.now(), to: Number.POSITIVE_INFINITY, isKilled });
  }

  goDown(false);
  start();
  return {
    name,
    downTimes,
    exitCodes,
    isUp: () => process?.isAlive() === true,
    isServing: () => process?.isAlive() === true && downTimes.every(({ to }) => to <= world.now()),
    terminate(inMs) {
      if (process?.isAlive() === true && !isEnding) {
        world.note(name, 'gets SIGTERM', 'all');
        goDown(false);
        isEnding = true;
        restartMs = inMs;
        const [listener] = signalListeners;
        process.run(() => listener?.('SIGTERM'));
      }
    },
    kill(inMs) {
      if (process?.isAlive() === true) {
        world.note(name, 'gets SIGKILL', 'all');
        goDown(true);
        restartMs = inMs;
        process.end();
        startLater();
      }
    },
  };
}
