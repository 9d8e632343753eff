import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may wait for answers. Today's clients and proxies send one at a time. */
const maxUnanswered = 16;

/** The requests of all connections that may wait behind another one of their connection. */
const maxWaitingBehind = 1_024;

const unanswered = Symbol('unanswered requests');
const latest = Symbol('latest request');

interface CountedSocket extends Socket {
  [unanswered]?: number;
  /** While one is unanswered. */
  [latest]?: IncomingMessage | undefined;
}

/** Whether a request that has arrived whole is not answered yet: only the last one of a connection can be unfinished. */
export function isAwaitingAnswer(socket: Socket): boolean {
  const { [unanswered]: count = 0, [latest]: request } = socket as CountedSocket;
  return count > 1 || request?.complete === true;
}

/**
 * Cuts a connection with too many requests that wait for answers. A client that sent tiny requests and read no answer made
 * the process grow by a gigabyte in ten seconds. The rest of its packet is not read (`http-only.ts`).
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

  /** When a connection ends, node:http closes only its first answer. */
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
    // A connection that is being closed takes no answer, and its client already knows that the request failed.
    if (!socket.writable || !isAllowed(socket, count)) {
      socket.destroy();
      return;
    }
    socket[unanswered] = count;
    socket[latest] = request;
    // Emitted once. With `once`, node:events would make two objects more for each request.
    response.on('close', leave);
    handler(request, response);
  };
}
