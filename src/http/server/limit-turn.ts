import type { Middleware } from 'koa';

/** Maximum number of requests per turn of the event loop that are answered without delay. */
const maxImmediateResponses = 256;

/**
 * Delays the responses to further requests until the end of the turn of the event loop.
 *
 * If 1,024 sockets are readable, libuv polls up to 48 times more before it runs timers and `setImmediate`
 * (`uv__io_poll`). Clients that retried immediately after a rejection kept a process in this polling loop for 5 s. All
 * work that needs a timer was delayed, such as request budgets and writes to the store. A client that waits for a
 * response does not send further requests, so a turn ends after one request per connection.
 */
export function createTurnLimit(): Middleware {
  let requests = 0;
  let end = Promise.withResolvers<void>();

  function endTurn(): void {
    if (requests > maxImmediateResponses) {
      end.resolve();
      end = Promise.withResolvers();
    }
    requests = 0;
  }

  return function limitTurn(_ctx, next) {
    if (requests === 0) {
      setImmediate(endTurn);
    }
    requests += 1;
    if (requests <= maxImmediateResponses) {
      return next();
    }
    const { promise } = end;
    return next().then(() => promise);
  };
}
