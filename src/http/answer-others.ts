import type { Context, Middleware } from 'koa';
import { hasSignatureForm } from '../webhook/verify-signature.ts';
import { readPath } from './server/read-path.ts';

export interface AnswerOthersDeps {
  /** Paths of the webhooks. */
  readonly paths: readonly string[];
  /** Lower case. */
  readonly signatureHeader: string;
  /**
   * Runs for every answer to a request that is no delivery.
   *
   * @param isMisdirected it has a signature of the right form, as a delivery to a wrong path has
   */
  readonly observeOther: (status: number, isMisdirected: boolean) => void;
}

/**
 * Passes deliveries on. Every other request gets an answer that nobody can mistake for the answer to a delivery.
 *
 * Behind a proxy, a delivery that follows an unfinished request of a stranger on the same connection may be read as the
 * body of that request. So a request that is no `POST` and has a body is never answered 2xx.
 */
export function createAnswerOthers({ paths, signatureHeader, observeOther }: AnswerOthersDeps): Middleware {
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
    observeOther(ctx.status, hasSignatureForm(ctx.req.headers[signatureHeader]));
  }

  return function answerOthers(ctx, next) {
    if (ctx.req.headers.upgrade !== undefined) {
      // The upgrade is ignored, but what followed it in the same packet was not read (src/http/server/end-of-http.ts).
      ctx.set('Connection', 'close');
    }
    const path = readPath(ctx);
    const isDelivery = ctx.method === 'POST' && path !== undefined && webhookPaths.has(path);
    return isDelivery ? next() : answerOther(ctx, path, next);
  };
}

function hasBody({ req: { headers } }: Context): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
