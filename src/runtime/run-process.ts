import { type Clock, systemClock } from './clock.ts';
import { ConfigError } from './config-error.ts';
import { describeError, describeUser, UsageError } from './errors.ts';
import { type Logger, writeAuditLine } from './logger.ts';
import { tuneV8 } from './tune-v8.ts';
import { toSingleLineText } from './untrusted-text.ts';

export interface RunningProcess {
  /** Shuts the process down gracefully. Rejects if that fails. */
  stop(): Promise<void>;
  /** Resolves if the process cannot continue and its supervisor must restart it. */
  readonly failed?: Promise<Error>;
}

/**
 * Exit codes (docs/commands.md). `failed` means that the command has a negative answer. `noAnswer` means that the
 * command has no answer, because it was used incorrectly or a dependency failed. A server process exits with `failed`,
 * because a restart may help.
 */
export const exitCodes = { done: 0, failed: 1, noAnswer: 2 } as const;

/** Error for a server process that could not start, for a reason that a restart may resolve. */
class StartError extends Error {}

export interface ProcessSignals {
  on(signal: 'SIGTERM' | 'SIGINT', listener: (signal: string) => void): unknown;
}

export interface RunProcessOptions {
  readonly start: () => Promise<RunningProcess>;
  readonly logger: Logger;
  /** Maximum time from the first signal to the exit. */
  readonly shutdownTimeoutMs: number;
  readonly signals: ProcessSignals;
  readonly exit: (code: number) => void;
  readonly clock?: Clock;
}

/**
 * Time within which a repeated signal counts as an echo of the first. A terminal or systemd signals the whole process
 * group, and npm forwards the signal as well.
 */
const duplicateSignalWindowMs = 1000;

/**
 * Whether a signal at `nowMs` is an echo of the first signal, sent by another process in response to the same event.
 */
function isDuplicateSignal(firstMs: number, nowMs: number): boolean {
  return nowMs - firstMs < duplicateSignalWindowMs;
}

/**
 * Runs a process until SIGTERM or SIGINT stops it. The exit code is 0 after a graceful shutdown, and 1 if the shutdown
 * fails or takes too long or if the process cannot continue. A second signal ends the process immediately, unless it
 * is an echo of the first signal.
 */
export async function runProcess(options: RunProcessOptions): Promise<void> {
  const { start, logger, shutdownTimeoutMs, signals, exit, clock = systemClock } = options;
  const startPromise = start();
  let stopSignalAt: number | undefined;

  async function stopProcess(signal: string): Promise<void> {
    if (stopSignalAt !== undefined) {
      if (isDuplicateSignal(stopSignalAt, clock.now())) {
        return;
      }
      logger.warn({ signal }, 'second signal received: exiting immediately');
      exit(exitCodes.failed);
      return;
    }
    stopSignalAt = clock.now();
    const seconds = Math.ceil(shutdownTimeoutMs / 1_000);
    const message = `shutting down within ${seconds} s; a second signal exits immediately`;
    writeAuditLine(logger, 'stopping', { signal }, message);
    setTimeout(() => {
      logger.error({ shutdownTimeoutMs }, 'shutdown timed out: exiting');
      exit(exitCodes.failed);
    }, shutdownTimeoutMs).unref();
    try {
      await (await startPromise).stop();
      logger.info('stopped');
      exit(exitCodes.done);
    } catch (error) {
      logger.error({ err: error }, 'shutdown failed');
      exit(exitCodes.failed);
    }
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    signals.on(signal, (received) => void stopProcess(received));
  }
  const { failed } = await startPromise.catch((cause: unknown) => {
    const isConfigOrUsageError = cause instanceof ConfigError || cause instanceof UsageError;
    throw isConfigOrUsageError ? cause : new StartError(describeFailure(cause), { cause });
  });
  tuneV8();
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

/**
 * Creates the abort signal of a command. The first process signal aborts the command, so that work in flight can
 * finish. The second process signal ends the process immediately.
 */
export function createStopSignal(deps: StopSignalDeps): AbortSignal {
  const { signals, exit, onStop, now = () => systemClock.now() } = deps;
  const stopController = new AbortController();
  let stopSignalAt = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    signals.on(signal, () => {
      if (!stopController.signal.aborted) {
        stopSignalAt = now();
        onStop();
        stopController.abort();
      } else if (!isDuplicateSignal(stopSignalAt, now())) {
        exit(exitCodes.noAnswer);
      }
    });
  }
  return stopController.signal;
}

/** Converts an error that ended a command to its message and exit code. */
export function toExitResult(error: unknown): { readonly text: string; readonly code: number } {
  const isExpectedError = error instanceof ConfigError || error instanceof UsageError;
  const text = isExpectedError ? error.message : toSingleLineText(describeFailure(error));
  const code = error instanceof StartError ? exitCodes.failed : exitCodes.noAnswer;
  return { text: `error: ${text}`, code };
}

function describeFailure(error: unknown): string {
  return describeError(error) + describeUser(error);
}
