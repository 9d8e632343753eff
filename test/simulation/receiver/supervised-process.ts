import { createLogger, type Logger, type LogLevel } from '../../../src/runtime/logger.ts';
import { exitCodes, type RunningProcess, runProcess } from '../../../src/runtime/run-process.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';

export type SupervisedProcess = ReturnType<typeof superviseProcess>;

interface SupervisionDeps {
  readonly world: World;
  /** Its host name. */
  readonly name: string;
  readonly logLevel: LogLevel;
  /** A line of its log, for the trace. */
  readonly toText?: (line: string) => string;
  readonly shutdownTimeoutMs: number;
  /** Built as its command builds it. */
  readonly run: (logger: Logger) => Promise<RunningProcess>;
  /** It may end by itself, and is started again so much later. */
  readonly restartMs?: number;
  /** Begins a process; without it one of a world without a disk. */
  readonly startProcess?: ((name: string) => SimulatedProcess) | undefined;
}

/** The exit itself takes some time, too. */
const graceMs = 500;
const killed = 137;

interface Running {
  readonly process: SimulatedProcess;
  readonly listeners: ((signal: string) => void)[];
  /** It has had a signal. */
  ending?: { readonly restartMs: number | undefined; readonly cancelGrace: () => void };
}

/** A process that is started again whenever it ends, as a supervisor does it. Not started yet. */
export function superviseProcess(deps: SupervisionDeps) {
  const { world, name, logLevel, toText = (line) => line.trimEnd(), shutdownTimeoutMs, run } = deps;
  const { startProcess = world.processes.start } = deps;
  /** In virtual milliseconds. The last one may not be over. */
  const downTimes: { from: number; to: number; isKilled: boolean }[] = [];
  /** Sentences about ends that were not in order, or not within the grace. */
  const faults: string[] = [];
  let running: Running | undefined;
  let cancelStart = (): void => undefined;

  /** Nothing, when it runs. */
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

  /** A process that was killed while it ended was down twice. */
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
    /** It is up and not about to end: a load balancer sends it deliveries. */
    isServing: () => running !== undefined && downTimes.every(({ to }) => to <= world.now()),
    /** SIGTERM. It is started again so long after its end; not without a time. */
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
    /** SIGKILL, and a start later. */
    kill(restartMs: number) {
      if (running !== undefined) {
        world.note(name, 'gets SIGKILL', 'all');
        goDown(true);
        end(running, restartMs);
      }
    },
  };
}
