import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may wait for their answers. Clients and proxies of today send one at a time. */
const maxUnanswered = 16;

const unanswered = Symbol('unanswered requests');

interface CountedSocket extends Socket {
  [unanswered]?: number;
}

/**
 * Cuts a connection on which too many requests wait for their answers: a client that sends tiny ones and reads no answer
 * made the process grow by a gigabyte in ten seconds. What else its packet holds is not read (`end-of-http.ts`).
 */
export function limitPipelining(handler: RequestListener): RequestListener {
  function leave(this: ServerResponse): void {
    const socket: CountedSocket = this.req.socket;
    socket[unanswered] = (socket[unanswered] ?? 1) - 1;
  }

  return (request, response) => {
    const socket: CountedSocket = request.socket;
    const count = (socket[unanswered] ?? 0) + 1;
    // A connection that was told goodbye takes no answer, and whoever is behind it was told that the request failed.
    if (count > maxUnanswered || !socket.writable) {
      socket.destroy();
      return;
    }
    socket[unanswered] = count;
    response.once('close', leave);
    handler(request, response);
  };
}
