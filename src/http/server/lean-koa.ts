import Koa, { type Context } from 'koa';

type Composed = (ctx: Context) => Promise<void>;

/** What Koa runs for each request; not in its types. */
interface RequestHandling {
  handleRequest(ctx: Context, middleware: Composed): Promise<unknown>;
}

const ordinary = Koa.prototype as unknown as RequestHandling;

/** No Content, Reset Content, Not Modified: Koa takes a body away from them. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Koa without its watch for the end of each response (`on-finished`): four listeners and an async resource for every
 * request, a tenth of the CPU time of a small delivery (docs/decisions/021). It reports errors of the connection; so do
 * the reading of the body and node:http's `clientError`. Text is answered here, everything else as Koa does.
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
