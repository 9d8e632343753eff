import { type Clock, systemClock } from './clock.ts';
import { ConfigError } from './config-error.ts';
import { describeError, describeUser, UsageError } from './errors.ts';
import { audit, type Logger } from './logger.ts';
import { tuneEngine } from './tune-engine.ts';
import { toLinePart } from './untrusted-text.ts';

/** A long-running process, once it is up. */
export interface RunningProcess {
  /** Stops the process in order; rejects when that failed. */
  stop(): Promise<void>;
  /** Resolves when the process cannot go on and its supervisor must restart it. */
  readonly failed?: Promise<Error>;
}

/**
 * How a command ends (docs/commands.md). `failed`: it has its answer, which is no. `noAnswer`: it has none, because of its
 * use or of something that it needs. A process that serves fails with `failed`, as a new start may help it.
 */
export const exitCodes = { done: 0, failed: 1, noAnswer: 2 } as const;

/** A process that serves could not start, for a cause that another start may not find. */
class StartError extends Error {}

export interface ProcessSignals {
  on(signal: 'SIGTERM' | 'SIGINT', listener: (signal: string) => void): unknown;
}

export interface RunProcessOptions {
  readonly start: () => Promise<RunningProcess>;
  readonly logger: Logger;
  /** The whole budget from the first signal to the exit. */
  readonly shutdownTimeoutMs: number;
  readonly signals: ProcessSignals;
  readonly exit: (code: number) => void;
  readonly clock?: Clock;
}

/** A terminal or systemd signals the whole process group, and npm passes the signal on as well: that counts as one. */
const echoMs = 1000;

/** Whether a signal at `nowMs` is the first one again. */
function isEcho(firstMs: number, nowMs: number): boolean {
  return nowMs - firstMs < echoMs;
}

/**
 * Runs a process until SIGTERM or SIGINT stops it. The exit code is 0 when it stopped in order. It is 1 when stopping
 * failed or took too long, and when the process cannot go on. A second signal exits at once, except the echo of the first.
 */
export async function runProcess(options: RunProcessOptions): Promise<void> {
  const { start, logger, shutdownTimeoutMs, signals, exit, clock = systemClock } = options;
  const starting = start();
  let stoppingSince: number | undefined;

  async function stop(signal: string): Promise<void> {
    if (stoppingSince !== undefined) {
      if (isEcho(stoppingSince, clock.now())) {
        return;
      }
      logger.warn({ signal }, 'second signal, exiting at once');
      exit(exitCodes.failed);
      return;
    }
    stoppingSince = clock.now();
    const seconds = Math.ceil(shutdownTimeoutMs / 1_000);
    const message = `shutting down, within ${seconds} s; another signal ends it at once`;
    audit(logger, 'stopping', { signal }, message);
    setTimeout(() => {
      logger.error({ shutdownTimeoutMs }, 'shutdown did not end in time, exiting');
      exit(exitCodes.failed);
    }, shutdownTimeoutMs).unref();
    try {
      await (await starting).stop();
      logger.info('stopped');
      exit(exitCodes.done);
    } catch (error) {
      logger.error({ err: error }, 'shutdown failed');
      exit(exitCodes.failed);
    }
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    signals.on(signal, (received) => void stop(received));
  }
  const { failed } = await starting.catch((cause: unknown) => {
    const isWrong = cause instanceof ConfigError || cause instanceof UsageError;
    throw isWrong ? cause : new StartError(describeFailure(cause), { cause });
  });
  tuneEngine();
  const error = await failed;
  if (error !== undefined) {
    logger.fatal({ err: error }, error.message);
    exit(exitCodes.failed);
  }
}

interface StopSignalDeps {
  readonly signals: ProcessSignals;
  readonly exit: (code: number) => void;
  readonly onStop: () => void;
  readonly now?: () => number;
}

/** For a command: the first signal aborts, so that what is under way can end. The second one exits at once. */
export function createStopSignal(deps: StopSignalDeps): AbortSignal {
  const { signals, exit, onStop, now = () => systemClock.now() } = deps;
  const stop = new AbortController();
  let stoppingSince = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    signals.on(signal, () => {
      if (!stop.signal.aborted) {
        stoppingSince = now();
        onStop();
        stop.abort();
      } else if (!isEcho(stoppingSince, now())) {
        exit(exitCodes.noAnswer);
      }
    });
  }
  return stop.signal;
}

/** The text for the operator and the exit code of an error that ended a command. */
export function toExit(error: unknown): { readonly text: string; readonly code: number } {
  const isListed = error instanceof ConfigError || error instanceof UsageError;
  const text = isListed ? error.message : toLinePart(describeFailure(error));
  const code = error instanceof StartError ? exitCodes.failed : exitCodes.noAnswer;
  return { text: `error: ${text}`, code };
}

function describeFailure(error: unknown): string {
  return describeError(error) + describeUser(error);
}
