import type { RequestListener } from 'node:http';
import Koa, { type Context } from 'koa';
import { hasCode } from '../../runtime/errors.ts';
import type { LogLimit } from '../../runtime/log-limit.ts';
import type { Logger } from '../../runtime/logger.ts';

type Composed = (ctx: Context) => Promise<void>;

/** What Koa runs for each request; not in its types. */
interface RequestHandling {
  handleRequest(ctx: Context, middleware: Composed): Promise<unknown>;
}

const ordinary = Koa.prototype as unknown as RequestHandling;

/** No Content, Reset Content, Not Modified: Koa removes the body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Koa without `on-finished`, which adds four listeners and an async resource to every request: 10 to 18 % of the CPU time of
 * a single (docs/decisions/023-speed.md#bypassed-parts-of-koa-and-its-router). It reports errors of the connection, but
 * reading the body and `clientError` of node:http report them too. Answers with text are sent here, all others by Koa.
 */
export class LeanKoa extends Koa implements RequestHandling {
  handleRequest(ctx: Context, middleware: Composed): Promise<unknown> {
    ctx.res.statusCode = 404;
    return middleware(ctx)
      .then(() => this.#respond(ctx))
      .catch((error: Error) => ctx.onerror(error));
  }

  #respond(ctx: Context): unknown {
    const { res, body } = ctx;
    if (typeof body === 'string' && ctx.method !== 'HEAD' && !bodiless.has(res.statusCode)) {
      return ctx.writable ? res.end(body) : res.end();
    }
    const { statusCode } = res;
    return ordinary.handleRequest.call(this, ctx, async () => {
      res.statusCode = statusCode;
    });
  }
}

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

/** The path of the request; `undefined` when its target is no URL. A target in absolute form gives its path. */
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
