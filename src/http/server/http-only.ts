import { IncomingMessage, type ServerOptions } from 'node:http';

const upgrade = Symbol('upgrade');

/**
 * Chunks of a body that nobody reads (yet). node:http bounds their bytes: of one byte each it would keep 65,536, and each
 * costs some hundred bytes. A body with more than these has chunks under a kilobyte, and its connection is cut.
 */
const maxUnreadChunks = 64;

/**
 * The request class of node:http with two changes: it keeps few unread chunks, and on a destroyed connection every request
 * counts as an upgrade to another protocol. There node:http stops reading.
 *
 * One packet can hold more than a thousand small requests. node:http makes objects of all of them, with an error and a
 * stack trace for each, even if the connection was destroyed meanwhile. Fifty clients that send such packets blocked a
 * process for seconds (docs/decisions/020-abusive-clients.md).
 *
 * On a living connection nothing may change, and an upgrade that the parser found must never be hidden. Otherwise parser
 * and node:http would be in different states, and a body would be read as the next request.
 */
class Request extends IncomingMessage {
  declare [upgrade]: boolean;
  #unreadChunks = 0;

  // node:http calls it for each chunk.
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk !== null && this.readableFlowing !== true) {
      this.#unreadChunks += 1;
      if (this.#unreadChunks > maxUnreadChunks) {
        this.destroy();
        return false;
      }
    }
    return super.push(chunk, encoding);
  }

  // Not in the types. node:http sets it after it has read the headers, and reads it before it emits the request.
  get upgrade(): boolean {
    return this[upgrade];
  }

  set upgrade(asked: boolean) {
    this[upgrade] = asked || this.socket.destroyed;
  }
}

/**
 * Options for a server that speaks only HTTP/1.1. It must have no listener for `connect` and `upgrade`: without one
 * node:http destroys the connection on CONNECT and on an accepted upgrade.
 */
export const httpOnlyOptions: ServerOptions = {
  IncomingMessage: Request,
  shouldUpgradeCallback: (request) => request.socket.destroyed || hasUnreadBody(request),
};

/**
 * Whether the body of a request with `Upgrade` would be read as the next request. With `Upgrade` the parser (llhttp) reads
 * a body only with a length or in chunks; with any other transfer coding it assumes no body. All other upgrades are
 * ignored, as HTTP allows: Java's client offers HTTP/2 with its first request.
 */
function hasUnreadBody({ headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  return coding !== undefined && coding.trim().toLowerCase() !== 'chunked';
}
