import type { Middleware } from 'koa';

/** Maximum number of requests per turn of the event loop that get a response without delay. */
const maxImmediateResponses = 256;

/**
 * Limits the number of responses per turn of the event loop. Further responses are delayed until the end of the turn.
 *
 * If 1,024 sockets are readable, libuv polls for more of them, up to 48 times in a row, before it runs timers and
 * `setImmediate` (`uv__io_poll`). Clients that sent a new request immediately after each rejection kept a process in
 * this loop for 5 s. During this time, no timer ran, so request budgets and writes to the store were late. A client
 * that waits for its response does not send another request. Therefore, delayed responses end the loop after one
 * request per connection.
 */
export function limitResponsesPerTurn(): Middleware {
  let requests = 0;
  let end = Promise.withResolvers<void>();

  function endEventLoopTurn(): void {
    if (requests > maxImmediateResponses) {
      end.resolve();
      end = Promise.withResolvers();
    }
    requests = 0;
  }

  return function limitResponses(_ctx, next) {
    if (requests === 0) {
      setImmediate(endEventLoopTurn);
    }
    requests += 1;
    if (requests <= maxImmediateResponses) {
      return next();
    }
    const { promise } = end;
    return next().then(() => promise);
  };
}
