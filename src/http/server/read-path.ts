import type { Context } from 'koa';

/** The path of the request; `undefined` when its target is no URL. Of a target in absolute form the path is taken. */
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
