import type { RequestListener } from 'node:http';
import type Koa from 'koa';

/** Koa's handler for node:http, which does not look at promises. Koa itself reports what fails in them. */
export function toRequestListener(app: Koa): RequestListener {
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}
