import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may wait for their answers. Clients and proxies of today send one at a time. */
const maxUnanswered = 16;

/**
 * Cuts a connection on which too many requests wait for their answers. node:http hands out every request of a packet
 * at once: a client that sends tiny ones and reads no answer made the process grow by a gigabyte in ten seconds.
 */
export function limitPipelining(handler: RequestListener): RequestListener {
  const unanswered = new WeakMap<Socket, number>();

  function leave(this: ServerResponse): void {
    const { socket } = this.req;
    unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1);
  }

  return (request, response) => {
    const { socket } = request;
    if (!socket.writable) {
      // Cut already, or told goodbye: its answer would reach nobody, and whoever sent it was told that it failed.
      socket.destroy();
      return;
    }
    const count = (unanswered.get(socket) ?? 0) + 1;
    unanswered.set(socket, count);
    if (count > maxUnanswered) {
      socket.destroy();
      return;
    }
    response.once('close', leave);
    handler(request, response);
  };
}
