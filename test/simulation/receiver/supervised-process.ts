import { createLogger, type Logger, type LogLevel } from '../../../src/runtime/logger.ts';
import { exitCodes, type RunningProcess, runProcess } from '../../../src/runtime/run-process.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';

export type SupervisedProcess = ReturnType<typeof superviseProcess>;

interface SupervisionDeps {
  readonly world: World;
  /** Name of the process, which is also its host name. */
  readonly name: string;
  readonly logLevel: LogLevel;
  /** Formats a log line for the trace. */
  readonly toText?: (line: string) => string;
  readonly shutdownTimeoutMs: number;
  /** Starts the process in the same manner as the real command. */
  readonly run: (logger: Logger) => Promise<RunningProcess>;
  /**
   * Delay before the process is restarted after it exited by itself. If absent, the process must not exit by itself.
   */
  readonly restartMs?: number;
  /** Creates the simulated process. By default, the process has no disk. */
  readonly startProcess?: ((name: string) => SimulatedProcess) | undefined;
}

/** Additional time for the exit, after the grace period. */
const graceMs = 500;
const killed = 137;

interface Running {
  readonly process: SimulatedProcess;
  readonly listeners: ((signal: string) => void)[];
  /** Set after the process has received a signal. */
  ending?: { readonly restartMs: number | undefined; readonly cancelGrace: () => void };
}

/** Supervises a process and restarts it whenever it ends. Does not start the process. */
export function superviseProcess(deps: SupervisionDeps) {
  const { world, name, logLevel, toText = (line) => line.trimEnd(), shutdownTimeoutMs, run } = deps;
  const { startProcess = world.processes.start } = deps;
  /** Downtimes in virtual milliseconds. The last downtime may still be in progress. */
  const downTimes: { from: number; to: number; isKilled: boolean }[] = [];
  /** Descriptions of exits that failed or exceeded the grace period. */
  const faults: string[] = [];
  let running: Running | undefined;
  let cancelStart = (): void => undefined;

  /** Starts the process. Does nothing if the process is already running. */
  function start(): void {
    if (running !== undefined) {
      return;
    }
    cancelStart();
    if (downTimes.length === 0) {
      goDown(false);
    }
    const process = startProcess(name);
    const own: Running = { process, listeners: [] };
    running = own;
    world.note(name, 'starts', 'all');
    const logger = createLogger(logLevel, { write: (line) => world.note(name, toText(line)) });
    process.run(() => {
      void runProcess({
        async start() {
          const started = await run(logger);
          comeUp();
          return started;
        },
        ...{ logger, shutdownTimeoutMs },
        signals: { on: (_signal, listener) => own.listeners.push(listener) },
        exit: (code) => world.after(1, () => exited(own, code)),
      }).catch((error: unknown) => {
        world.note(name, `cannot start: ${String(error)}`);
        world.after(1, () => exited(own, exitCodes.failed));
      });
    });
  }

  /** Ends all current downtimes. A process that was killed during its shutdown has two of them. */
  function comeUp(): void {
    for (const downTime of downTimes) {
      downTime.to = Math.min(downTime.to, world.now());
    }
  }

  function goDown(isKilled: boolean): void {
    downTimes.push({ from: world.now(), to: Number.POSITIVE_INFINITY, isKilled });
  }

  function exited(own: Running, code: number): void {
    if (running !== own) {
      return;
    }
    const { ending } = own;
    world.note(name, `exits with ${code}`, 'all');
    if (code !== exitCodes.done && (ending !== undefined || deps.restartMs === undefined)) {
      faults.push(`${name} ended with ${code}`);
    }
    end(own, ending === undefined ? deps.restartMs : ending.restartMs);
  }

  function end({ process, ending }: Running, restartMs: number | undefined): void {
    running = undefined;
    ending?.cancelGrace();
    process.end();
    cancelStart = restartMs === undefined ? () => undefined : world.after(restartMs, start);
  }

  return {
    name,
    downTimes,
    faults,
    start,
    isUp: () => running !== undefined,
    /** Whether the process is running and not shutting down, so that a load balancer sends deliveries to it. */
    isServing: () => running !== undefined && downTimes.every(({ to }) => to <= world.now()),
    /** Sends SIGTERM. The process is restarted after the given time, or never if no time is given. */
    terminate(restartMs?: number) {
      const own = running;
      if (own === undefined && restartMs === undefined) {
        cancelStart();
      } else if (own !== undefined && own.ending === undefined) {
        world.note(name, 'gets SIGTERM', 'all');
        goDown(false);
        const cancelGrace = world.after(shutdownTimeoutMs + graceMs, () => exited(own, killed));
        own.ending = { restartMs, cancelGrace };
        own.process.run(() => own.listeners[0]?.('SIGTERM'));
      }
    },
    /** Sends SIGKILL, and restarts the process later. */
    kill(restartMs: number) {
      if (running !== undefined) {
        world.note(name, 'gets SIGKILL', 'all');
        goDown(true);
        end(running, restartMs);
      }
    },
  };
}
