import type { RequestListener } from 'node:http';
import Koa, { type Context } from 'koa';
import { hasCode } from '../../runtime/errors.ts';
import type { LogRateLimit } from '../../runtime/log-rate-limit.ts';
import type { Logger } from '../../runtime/logger.ts';

type ComposedMiddleware = (ctx: Context) => Promise<void>;

/** Name of Koa's method for each request. The method is missing from Koa's types. */
interface KoaRequestMethods {
  handleRequest(ctx: Context, middleware: ComposedMiddleware): Promise<unknown>;
}

const koaPrototype = Koa.prototype as unknown as KoaRequestMethods;

/** Statuses for which Koa removes the body: No Content, Reset Content and Not Modified. */
const bodilessStatuses: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Koa without `on-finished`, which adds four listeners and an async resource to every request. These objects account
 * for 10 to 18 % of the CPU time of a delivery with one event
 * (docs/decisions/023-speed.md#bypassed-parts-of-koa-and-its-router). Connection errors are still reported by reading
 * the body and by `clientError` of node:http. Text responses are sent here, all others by Koa.
 */
export class KoaWithoutOnFinished extends Koa implements KoaRequestMethods {
  handleRequest(ctx: Context, middleware: ComposedMiddleware): Promise<unknown> {
    ctx.res.statusCode = 404;
    return middleware(ctx)
      .then(() => this.#respond(ctx))
      .catch((error: Error) => ctx.onerror(error));
  }

  #respond(ctx: Context): unknown {
    const { res, body } = ctx;
    if (typeof body === 'string' && ctx.method !== 'HEAD' && !bodilessStatuses.has(res.statusCode)) {
      return ctx.writable ? res.end(body) : res.end();
    }
    const { statusCode } = res;
    return koaPrototype.handleRequest.call(this, ctx, async () => {
      res.statusCode = statusCode;
    });
  }
}

export interface FailureLog {
  readonly logger: Logger;
  /** The number of log lines is limited, because unauthenticated clients can cause them. */
  readonly logLimit: Pick<LogRateLimit, 'take'>;
  readonly message: string;
}

/**
 * Converts an app to a request handler for node:http, which ignores promises. Errors are logged, whereas Koa would
 * print stack traces.
 */
export function toRequestListener(app: Koa, { logger, logLimit, message }: FailureLog): RequestListener {
  app.on('error', (error: unknown) => {
    // Koa also reports clients that disconnect before the response, although a disconnect is not a failure.
    const logPermit = hasCode(error, 'EPIPE', 'ECONNRESET') ? undefined : logLimit.take();
    if (logPermit !== undefined) {
      logger.error({ err: error, ...logPermit }, message);
    }
  });
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}

/**
 * Returns the path of the request, even if the request target is an absolute URL. Returns `undefined` if the target is
 * not a URL.
 */
export function readPath(ctx: Context): string | undefined {
  const { url: target = '' } = ctx.req;
  if (!target.startsWith('/')) {
    if (!URL.canParse(target)) {
      return undefined;
    }
    const { pathname, search } = new URL(target);
    ctx.req.url = pathname + search;
  }
  return ctx.path;
}
