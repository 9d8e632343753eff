import type Koa from 'koa';
import type { LogLimit } from '../runtime/log-limit.ts';
import type { Logger } from '../runtime/logger.ts';

export interface FailureLog {
  readonly logger: Logger;
  /** Anyone can cause such lines. */
  readonly logLimit: LogLimit;
  readonly message: string;
}

/** Logs what fails in an app, in place of Koa's own stack traces on standard error. */
export function logFailures(app: Koa, { logger, logLimit, message }: FailureLog): void {
  app.on('error', (error: unknown) => {
    const allowed = isClientGone(error) ? undefined : logLimit.take();
    if (allowed !== undefined) {
      logger.error({ err: error, ...allowed }, message);
    }
  });
}

/** Koa reports as well that a client did not wait for an answer that is not text. Nothing failed here. */
function isClientGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ECONNRESET');
}
