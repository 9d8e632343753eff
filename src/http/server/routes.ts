import type { Context } from 'koa';

export type Handler = (ctx: Context) => Promise<void> | void;

/** What answers at one path. `HEAD` is answered as `GET`. */
export interface Route {
  readonly get: Handler;
  readonly post?: Handler;
}

/** By the whole path. */
export type Routes = ReadonlyMap<string, Route>;

/** Every other method is answered 501. */
const knownMethods: ReadonlySet<string> = new Set([
  'HEAD',
  'OPTIONS',
  'GET',
  'PUT',
  'PATCH',
  'POST',
  'DELETE',
]);

/** The path of the request; empty when its target is no URL. Of a target in absolute form the path is taken. */
export function readPath(ctx: Context): string {
  const { url: target = '' } = ctx.req;
  if (!target.startsWith('/')) {
    if (!URL.canParse(target)) {
      return '';
    }
    const { pathname, search } = new URL(target);
    ctx.req.url = pathname + search;
  }
  return ctx.path;
}

/** Answers what the route takes, and says to other methods what it would take. Without a route Koa answers 404. */
export function answerRoute(ctx: Context, route: Route | undefined): Promise<void> | void {
  const { method } = ctx;
  const handler = route && findHandler(route, method);
  if (handler !== undefined) {
    return handler(ctx);
  }
  if (!knownMethods.has(method)) {
    ctx.status = 501;
  } else if (route === undefined) {
    return undefined;
  } else if (method === 'OPTIONS') {
    ctx.body = '';
  } else {
    ctx.status = 405;
  }
  ctx.set('Allow', listMethods(route));
  return undefined;
}

function findHandler({ get, post }: Route, method: string): Handler | undefined {
  if (method === 'POST') {
    return post;
  }
  return method === 'GET' || method === 'HEAD' ? get : undefined;
}

function listMethods(route: Route | undefined): string {
  if (route === undefined) {
    return '';
  }
  return route.post === undefined ? 'HEAD, GET' : 'POST, HEAD, GET';
}
