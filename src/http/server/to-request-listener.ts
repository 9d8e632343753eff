import type { RequestListener } from 'node:http';
import type Koa from 'koa';
import { hasCode } from '../../runtime/errors.ts';
import type { LogLimit } from '../../runtime/log-limit.ts';
import type { Logger } from '../../runtime/logger.ts';

export interface FailureLog {
  readonly logger: Logger;
  /** Anyone can cause these lines. */
  readonly logLimit: Pick<LogLimit, 'take'>;
  readonly message: string;
}

/** An app as a handler of node:http, which ignores promises. What fails is logged: Koa itself would print stack traces. */
export function toRequestListener(app: Koa, { logger, logLimit, message }: FailureLog): RequestListener {
  app.on('error', (error: unknown) => {
    // Koa also reports a client that left before an answer was sent. Nothing failed there.
    const allowed = hasCode(error, 'EPIPE', 'ECONNRESET') ? undefined : logLimit.take();
    if (allowed !== undefined) {
      logger.error({ err: error, ...allowed }, message);
    }
  });
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}
