import type { ServerResponse } from 'node:http';
import Koa, { type Context } from 'koa';

const wholeAnswer = Symbol('whole answer');

/** An answer that is sent as it is. */
export interface WholeAnswer {
  readonly status: number;
  readonly contentType: string;
  /** ASCII. */
  readonly text: string;
}

interface AnsweredContext extends Context {
  [wholeAnswer]?: WholeAnswer;
}

/** Answers without the setters of Koa's response, which look up and check each header of each answer. */
export function answerWhole(ctx: AnsweredContext, answer: WholeAnswer): void {
  ctx[wholeAnswer] = answer;
}

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
 * a small delivery (docs/decisions/022). It reports errors of the connection, but reading the body and `clientError` of
 * node:http report them too. Answers with text are sent here, all others by Koa.
 */
export class LeanKoa extends Koa implements RequestHandling {
  async handleRequest(ctx: AnsweredContext, middleware: Composed): Promise<unknown> {
    const { res } = ctx;
    res.statusCode = 404;
    try {
      await middleware(ctx);
      const whole = ctx[wholeAnswer];
      if (whole !== undefined) {
        return ctx.writable ? send(res, whole) : res.end();
      }
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

/** Headers that were set before are sent too. */
function send(response: ServerResponse, { status, contentType, text }: WholeAnswer): ServerResponse {
  response.writeHead(status, ['Content-Type', contentType, 'Content-Length', String(text.length)]);
  return response.end(text, 'latin1');
}
