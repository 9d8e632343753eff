import { IncomingMessage, type ServerOptions } from 'node:http';

const upgradeHeader = Symbol('upgrade');

/**
 * Maximum number of chunks that a body may have before it is read. node:http limits only the number of bytes and would
 * keep 65,536 one-byte chunks, each of which uses some hundred bytes of memory. If a body exceeds this limit, the
 * receiver closes the connection. Only a client that sends chunks of less than a kilobyte can exceed the limit.
 */
const maxUnreadChunks = 64;

/**
 * The request class of node:http with two changes.
 *
 * First, the number of unread chunks is limited. Second, on a destroyed connection, every request counts as a protocol
 * upgrade, after which node:http stops reading. Otherwise, node:http would process every small request of the last
 * packet, even though the connection is destroyed. A packet can contain more than a thousand requests, and each one
 * costs objects, an error and a stack trace. Fifty clients with such packets blocked a process for seconds
 * (docs/decisions/020-abusive-clients.md).
 *
 * On an open connection, the result of the parser must not change. If an upgrade that the parser found were hidden, the
 * parser and node:http would disagree, and a body would be read as the next request.
 */
class BoundedRequest extends IncomingMessage {
  declare [upgradeHeader]: boolean;
  #unreadChunks = 0;

  // node:http calls this method for each chunk.
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

  // This property is missing from the types. node:http sets it after reading the headers, and reads it before emitting
  // the request.
  get upgrade(): boolean {
    return this[upgradeHeader];
  }

  set upgrade(isUpgrade: boolean) {
    this[upgradeHeader] = isUpgrade || this.socket.destroyed;
  }
}

/**
 * Options of a server that supports only HTTP/1.1. The server must have no listeners for `connect` and `upgrade`, so that
 * node:http destroys the connection on CONNECT and on an accepted upgrade.
 */
export const httpOnlyOptions: ServerOptions = {
  IncomingMessage: BoundedRequest,
  shouldUpgradeCallback: (request) => request.socket.destroyed || hasUnreadBody(request),
};

/**
 * Whether the body of a request with `Upgrade` would be read as the next request. With `Upgrade`, the parser (llhttp)
 * reads a body only if the body has a length or is chunked. For any other transfer coding, the parser assumes that the
 * request has no body. All other upgrades are ignored, as HTTP allows, because Java's HTTP client offers HTTP/2 with
 * its first request.
 */
function hasUnreadBody({ headers }: IncomingMessage): boolean {
  const transferCoding = headers['transfer-encoding'];
  return transferCoding !== undefined && transferCoding.trim().toLowerCase() !== 'chunked';
}
