import { IncomingMessage, type RequestListener, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may wait for their answers. Clients and proxies of today send one at a time. */
const maxUnanswered = 16;

const unanswered = Symbol('unanswered requests');

interface CountedSocket extends Socket {
  /** `Infinity`: cut. */
  [unanswered]?: number;
}

function cut(socket: CountedSocket): void {
  socket[unanswered] = Infinity;
  socket.destroy();
}

function isCut(socket: CountedSocket): boolean {
  return socket[unanswered] === Infinity;
}

/**
 * Cuts a connection on which too many requests wait for their answers: a client that sends tiny ones and reads no answer
 * made the process grow by a gigabyte in ten seconds. The server needs `pipeliningOptions` as well.
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
      cut(socket);
      return;
    }
    socket[unanswered] = count;
    response.once('close', leave);
    handler(request, response);
  };
}

/**
 * A packet may hold more than a thousand requests, and node:http makes objects of all of them, whatever became of the
 * connection meanwhile. It stops only at one that asks for another protocol, where HTTP ends. So the next request of a
 * connection that was cut asks for one, and is granted it; no other does: there is no other protocol here.
 */
class Request extends IncomingMessage {
  get upgrade(): boolean {
    return isCut(this.socket);
  }

  set upgrade(_asked: boolean) {
    // What node:http read.
  }
}

/** What `limitPipelining` needs of its server. */
export const pipeliningOptions: ServerOptions = {
  IncomingMessage: Request,
  shouldUpgradeCallback: ({ socket }) => isCut(socket),
};
