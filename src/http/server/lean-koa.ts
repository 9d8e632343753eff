import Koa, { type Context } from 'koa';

type Composed = (ctx: Context) => Promise<void>;

/** What Koa runs for each request; not in its types. */
interface RequestHandling {
  handleRequest(ctx: Context, middleware: Composed): Promise<unknown>;
}

const ordinary = Koa.prototype as unknown as RequestHandling;

/** No Content, Reset Content, Not Modified: Koa removes the body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Koa without `on-finished`, which adds four listeners and an async resource to every request: a tenth of the CPU time of
 * a small delivery (docs/decisions/021). It reports errors of the connection, but reading the body and `clientError` of
 * node:http report them too. Answers with text are sent here, all others by Koa.
 */
export class LeanKoa extends Koa implements RequestHandling {
  async handleRequest(ctx: Context, middleware: Composed): Promise<unknown> {
    const { res } = ctx;
    res.statusCode = 404;
    try {
      await middleware(ctx);
      const { body } = ctx;
      if (typeof body === 'string' && ctx.method !== 'HEAD' && !bodiless.has(res.statusCode)) {
        return ctx.writable ? res.end(body) : res.end();
      }
    } catch (error) {
      return ctx.onerror(error as Error);
    }
    const { statusCode } = res;
    return ordinary.handleRequest.call(this, ctx, async () => {
      res.statusCode = statusCode;
    });
  }
}
