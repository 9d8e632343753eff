import { IncomingMessage, type ServerOptions } from 'node:http';

const upgrade = Symbol('upgrade');

/**
 * A request as node:http makes it, but that the next request of a destroyed connection counts as one that asks for
 * another protocol: there node:http stops reading.
 *
 * A packet may hold more than a thousand small requests, and node:http makes objects of all of them, and an error with a
 * stack trace for each, whatever became of the connection meanwhile. Fifty clients that send such packets kept a process
 * standing still for seconds (docs/decisions/020).
 *
 * It must never hide what the parser found, nor change anything on a living connection: the parser would go on in
 * another state than node:http believes, and a body would be read as the next request.
 */
class Request extends IncomingMessage {
  declare [upgrade]: boolean;

  // Not in the types: node:http assigns it once it has read the headers, and asks for it before it hands a request on.
  get upgrade(): boolean {
    return this[upgrade];
  }

  set upgrade(asked: boolean) {
    this[upgrade] = asked || this.socket.destroyed;
  }
}

/**
 * What a server needs that speaks HTTP/1.1 and nothing else. It must have no listener for `connect` and `upgrade`: without
 * one node:http destroys a connection on CONNECT and on an upgrade that is granted.
 */
export const httpOnlyOptions: ServerOptions = {
  IncomingMessage: Request,
  shouldUpgradeCallback: (request) => request.socket.destroyed || hasUnreadBody(request),
};

/**
 * Whether the body of a request with `Upgrade` would be read as the next request. The parser (llhttp) reads a body behind
 * `Upgrade` only with a length or in chunks, and takes any other transfer coding for no body at all. Other upgrades are
 * ignored, as HTTP allows: Java's client offers HTTP/2 with its first request.
 */
function hasUnreadBody({ headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  return coding !== undefined && coding.trim().toLowerCase() !== 'chunked';
}
