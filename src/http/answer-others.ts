import type { Context, Middleware } from 'koa';

export interface AnswerOthersDeps {
  /** Paths of the webhooks. */
  readonly paths: readonly string[];
  /** Told of every answer to a request that is no delivery. */
  readonly observeOther: (status: number) => void;
}

/**
 * Lets deliveries through, and keeps everything else from an answer that somebody could take for one to a delivery.
 *
 * Behind a proxy an unfinished request of a stranger may swallow the delivery that follows it on the connection. So a
 * request that is no `POST` and has a body hears no 2xx.
 */
export function createAnswerOthers({ paths, observeOther }: AnswerOthersDeps): Middleware {
  const webhookPaths = new Set(paths);

  async function answerOther(ctx: Context, path: string | undefined, next: () => Promise<void>) {
    if (path === undefined) {
      ctx.status = 404;
    } else if (ctx.method !== 'POST' && hasBody(ctx)) {
      ctx.status = 413;
      ctx.set('Connection', 'close');
    } else {
      await next();
    }
    observeOther(ctx.status);
  }

  return function answerOthers(ctx, next) {
    if (ctx.req.headers.upgrade !== undefined) {
      // Ignored; but what stood behind it in its packet was not read (src/http/server/end-of-http.ts).
      ctx.set('Connection', 'close');
    }
    const path = readPath(ctx);
    const isDelivery = ctx.method === 'POST' && path !== undefined && webhookPaths.has(path);
    return isDelivery ? next() : answerOther(ctx, path, next);
  };
}

/** `undefined`: the request's target is no URL. One in absolute form, as for a proxy, is taken for its path. */
function readPath(ctx: Context): string | undefined {
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

function hasBody({ req: { headers } }: Context): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
