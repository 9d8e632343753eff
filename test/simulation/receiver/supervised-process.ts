import { createLogger, type Logger, type LogLevel } from '../../../src/runtime/logger.ts';
import { exitCodes, type RunningProcess, runProcess } from '../../../src/runtime/run-process.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';

export type SupervisedProcess = ReturnType<typeof superviseProcess>;

interface SupervisionDeps {
  readonly world: World;
  /** Name and host name of the process. */
  readonly name: string;
  readonly logLevel: LogLevel;
  /** Formats a log line for the trace. */
  readonly toText?: (line: string) => string;
  readonly shutdownTimeoutMs: number;
  /** Starts the process as its command does. */
  readonly run: (logger: Logger) => Promise<RunningProcess>;
  /** Delay of a restart after the process ends by itself. Absent if it must not. */
  readonly restartMs?: number;
  /** Creates the simulated process. If absent, the process has no disk. */
  readonly startProcess?: ((name: string) => SimulatedProcess) | undefined;
}

/** Additional time for the exit itself. */
const graceMs = 500;
const killed = 137;

interface Running {
  readonly process: SimulatedProcess;
  readonly listeners: ((signal: string) => void)[];
  /** Set after a signal. */
  ending?: { readonly restartMs: number | undefined; readonly cancelGrace: () => void };
}

/** Supervises a process: restarts it whenever it ends. It does not start it yet. */
export function superviseProcess(deps: SupervisionDeps) {
  const { world, name, logLevel, toText = (line) => line.trimEnd(), shutdownTimeoutMs, run } = deps;
  const { startProcess = world.processes.start } = deps;
  /** Down times in virtual milliseconds. The last one may still last. */
  const downTimes: { from: number; to: number; isKilled: boolean }[] = [];
  /** Descriptions of exits that failed or exceeded the grace period. */
  const faults: string[] = [];
  let running: Running | undefined;
  let cancelStart = (): void => undefined;

  /** Starts the process. Does nothing if it is running. */
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

  /** Ends a down time. A process that was killed while it was ending was down twice. */
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
    /** Whether the process is running and not ending, so that a load balancer sends it deliveries. */
    isServing: () => running !== undefined && downTimes.every(({ to }) => to <= world.now()),
    /** Sends SIGTERM. The process is restarted after this time, or never if it is absent. */
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
