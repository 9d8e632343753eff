import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Maximum number of unanswered requests per connection. Modern clients and proxies send one at a time. */
const maxPipelinedRequests = 16;

/** Maximum number of requests, over all connections, that wait behind another request of the same connection. */
const maxQueuedPipelinedRequests = 1_024;

const unansweredRequests = Symbol('unanswered requests');
const latestRequest = Symbol('latest request');

interface PipeliningSocket extends Socket {
  [unansweredRequests]?: number;
  /** The last request of the connection. Present only while a request is unanswered. */
  [latestRequest]?: IncomingMessage | undefined;
}

/**
 * Returns whether a request of this connection was received completely and has no response yet. If several requests
 * have no response, all but the last are complete.
 */
export function isAwaitingResponse(socket: Socket): boolean {
  const { [unansweredRequests]: count = 0, [latestRequest]: request } = socket as PipeliningSocket;
  return count > 1 || request?.complete === true;
}

/**
 * Closes a connection with too many unanswered requests. A client that sent tiny requests and read no responses made
 * the process grow by a gigabyte in ten seconds. The rest of the client's packet is not read (`http-only.ts`).
 */
export function limitPipelining(handler: RequestListener): RequestListener {
  let waitingRequestCount = 0;

  function leaveQueue(this: ServerResponse): void {
    const socket: PipeliningSocket = this.req.socket;
    const count = socket[unansweredRequests] ?? 0;
    socket[unansweredRequests] = count - 1;
    if (count > 1) {
      waitingRequestCount -= 1;
    } else {
      socket[latestRequest] = undefined;
    }
  }

  /** Called when a connection is closed, because node:http then closes only the first of its responses. */
  function leaveAllQueues(this: PipeliningSocket): void {
    waitingRequestCount -= Math.max(0, (this[unansweredRequests] ?? 0) - 1);
    this[unansweredRequests] = 0;
  }

  function isPipeliningAllowed(socket: PipeliningSocket, count: number): boolean {
    if (count === 1) {
      return true;
    }
    if (count > maxPipelinedRequests || waitingRequestCount >= maxQueuedPipelinedRequests) {
      return false;
    }
    if (!socket.listeners('close').includes(leaveAllQueues)) {
      socket.once('close', leaveAllQueues);
    }
    waitingRequestCount += 1;
    return true;
  }

  return (request, response) => {
    const socket: PipeliningSocket = request.socket;
    const count = (socket[unansweredRequests] ?? 0) + 1;
    // If the connection is already being closed, it accepts no response, and its client knows that the request failed.
    if (!socket.writable || !isPipeliningAllowed(socket, count)) {
      socket.destroy();
      return;
    }
    socket[unansweredRequests] = count;
    socket[latestRequest] = request;
    // The event is emitted only once, so `on` suffices. `once` would allocate two more objects per request.
    response.on('close', leaveQueue);
    handler(request, response);
  };
}
