import type { Middleware } from 'koa';

/** Requests of one turn of the event loop that are answered as soon as they can be. */
const promptAnswers = 256;

/**
 * Holds the answers to further requests of a turn of the event loop back to its end.
 *
 * While 1,024 sockets are readable, libuv looks for more, 48 times, before it comes to timers and `setImmediate`
 * (`uv__io_poll`). Clients that send again as soon as they are refused kept a process there for 5 s, and with it all that
 * waits for a timer: budgets, and what was to be sent to the store. Who waits for an answer sends nothing, so a turn is
 * over when each connection had its request.
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

  return function limitTurn(_ctx, next) {
    if (requests === 0) {
      setImmediate(endTurn);
    }
    requests += 1;
    if (requests <= promptAnswers) {
      return next();
    }
    const { promise } = end;
    return next().then(() => promise);
  };
}
