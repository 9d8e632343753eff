import type { Router } from '@koa/router';
import type { Context, Middleware, Next } from 'koa';

interface MatchedContext extends Context {
  /** Read by the router's `allowedMethods`. */
  matched?: ReturnType<Router['match']>['path'];
}

/**
 * Runs the one middleware of the route that the router matches.
 *
 * The router's own `routes` composes the middlewares of the matched routes anew for each request, and looks for parameters in
 * its path (docs/decisions/022).
 *
 * @throws {Error} for a route with several middlewares or with parameters
 */
export function runRoute(router: Router): Middleware {
  for (const { path, stack, paramNames } of router.stack) {
    if (stack.length !== 1 || paramNames.length > 0) {
      throw new Error(`The route ${String(path)} has several middlewares or parameters: use router.routes()`);
    }
  }
  return (ctx: MatchedContext, next: Next) => {
    const { path, pathAndMethod } = router.match(ctx.path, ctx.method);
    ctx.matched = path;
    const run = pathAndMethod[0]?.stack[0] as Middleware | undefined;
    return run === undefined ? next() : run(ctx, next);
  };
}
