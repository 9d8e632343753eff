import type Koa from 'koa';
import { hasCode } from '../runtime/has-code.ts';
import type { LogLimit } from '../runtime/log-limit.ts';
import type { Logger } from '../runtime/logger.ts';

export interface FailureLog {
  readonly logger: Logger;
  /** Anyone can cause these lines. */
  readonly logLimit: LogLimit;
  readonly message: string;
}

/** Logs what fails in an app. Without it Koa prints stack traces on standard error. */
export function logFailures(app: Koa, { logger, logLimit, message }: FailureLog): void {
  app.on('error', (error: unknown) => {
    // Koa also reports a client that left before an answer was sent. Nothing failed there.
    const allowed = hasCode(error, 'EPIPE', 'ECONNRESET') ? undefined : logLimit.take();
    if (allowed !== undefined) {
      logger.error({ err: error, ...allowed }, message);
    }
  });
}
