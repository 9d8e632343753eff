import type { Middleware } from 'koa';

/** Requests that are answered as soon as they can be, in one turn of the event loop. */
const promptAnswers = 256;

/**
 * Holds answers back to the end of a turn of the event loop in which many requests came.
 *
 * While 1,024 sockets are readable, libuv looks for more, 48 times, before it comes to timers and `setImmediate`
 * (`uv__io_poll`). Clients that send again as soon as they are refused kept a process there for 5 s, and with it all that
 * waits for a timer: budgets, and what was to be sent to the store. Who waits for an answer sends nothing, so a turn is
 * now over when each connection had its request.
 */
export function createTurnLimit(): Middleware {
  let requests = 0;
  let end = Promise.withResolvers<void>();

  function endTurn(): void {
    if (requests > promptAnswers) {
      end.resolve();
      end = Promise.withResolvers();
    }
    requests = 0;
  }

  return async function limitTurn(_ctx, next) {
    if (requests === 0) {
      setImmediate(endTurn);
    }
    requests += 1;
    await next();
    if (requests > promptAnswers) {
      await end.promise;
    }
  };
}
