import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Maximum number of unanswered requests per connection. Modern clients and proxies send one at a time. */
const maxUnanswered = 16;

/** Maximum number of requests, over all connections, that wait behind another request of the same connection. */
const maxWaitingBehind = 1_024;

const unanswered = Symbol('unanswered requests');
const latest = Symbol('latest request');

interface CountedSocket extends Socket {
  [unanswered]?: number;
  /** The last request of the connection. Present only while a request is unanswered. */
  [latest]?: IncomingMessage | undefined;
}

/** Whether a completely received request is unanswered. Only the last request of a connection can be incomplete. */
export function isAwaitingAnswer(socket: Socket): boolean {
  const { [unanswered]: count = 0, [latest]: request } = socket as CountedSocket;
  return count > 1 || request?.complete === true;
}

/**
 * Closes a connection with too many unanswered requests. A client that sent tiny requests and read no responses made
 * the process grow by a gigabyte in ten seconds. The rest of the client's packet is not read (`http-only.ts`).
 */
export function limitPipelining(handler: RequestListener): RequestListener {
  let waitingBehind = 0;

  function leave(this: ServerResponse): void {
    const socket: CountedSocket = this.req.socket;
    const count = socket[unanswered] ?? 0;
    socket[unanswered] = count - 1;
    if (count > 1) {
      waitingBehind -= 1;
    } else {
      socket[latest] = undefined;
    }
  }

  /** When a connection is closed, node:http closes only the first of its responses. */
  function leaveAll(this: CountedSocket): void {
    waitingBehind -= Math.max(0, (this[unanswered] ?? 0) - 1);
    this[unanswered] = 0;
  }

  function isAllowed(socket: CountedSocket, count: number): boolean {
    if (count === 1) {
      return true;
    }
    if (count > maxUnanswered || waitingBehind >= maxWaitingBehind) {
      return false;
    }
    if (!socket.listeners('close').includes(leaveAll)) {
      socket.once('close', leaveAll);
    }
    waitingBehind += 1;
    return true;
  }

  return (request, response) => {
    const socket: CountedSocket = request.socket;
    const count = (socket[unanswered] ?? 0) + 1;
    // A connection that is being closed accepts no response, and its client already knows that the request failed.
    if (!socket.writable || !isAllowed(socket, count)) {
      socket.destroy();
      return;
    }
    socket[unanswered] = count;
    socket[latest] = request;
    // The event is emitted only once, so `on` suffices. `once` would allocate two more objects per request.
    response.on('close', leave);
    handler(request, response);
  };
}
