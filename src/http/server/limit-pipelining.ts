import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may wait for answers. Today's clients and proxies send one at a time. */
const maxUnanswered = 16;

const unanswered = Symbol('unanswered requests');

interface CountedSocket extends Socket {
  [unanswered]?: number;
}

/**
 * Cuts a connection with too many requests that wait for answers. A client that sent tiny requests and read no answer made
 * the process grow by a gigabyte in ten seconds. The rest of its packet is not read (`end-of-http.ts`).
 */
export function limitPipelining(handler: RequestListener): RequestListener {
  function leave(this: ServerResponse): void {
    const socket: CountedSocket = this.req.socket;
    socket[unanswered] = (socket[unanswered] ?? 1) - 1;
  }

  return (request, response) => {
    const socket: CountedSocket = request.socket;
    const count = (socket[unanswered] ?? 0) + 1;
    // A connection that is being closed takes no answer, and its client already knows that the request failed.
    if (count > maxUnanswered || !socket.writable) {
      socket.destroy();
      return;
    }
    socket[unanswered] = count;
    // Emitted once. With `once`, node:events would make two objects more for each request.
    response.on('close', leave);
    handler(request, response);
  };
}
