import type { RequestListener } from 'node:http';
import type Koa from 'koa';

/** Koa's handler for node:http, which ignores promises. Koa itself reports their failures. */
export function toRequestListener(app: Koa): RequestListener {
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}
