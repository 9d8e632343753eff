import manifest from 'kafkajs/package.json' with { type: 'json' };
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { toError } from '../../../../runtime/errors.ts';

/** The kafkajs release with which this folder was tested. The folder uses internal modules of that release. */
const knownKafkajsVersion = '2.2.4';

/**
 * Rejects any other release of kafkajs, because its internal modules may differ and a wrong assumption could lose
 * records.
 */
export function verifyKafkajsVersion(version: string = manifest.version): void {
  if (version !== knownKafkajsVersion) {
    throw new Error(
      `kafkajs ${version} is installed, but this version is untested and could lose records. Install kafkajs ${knownKafkajsVersion}.`,
    );
  }
}

/**
 * Patches kafkajs. Must be called before any use of kafkajs. Further calls have no effect.
 *
 * @throws if the installed release is not the tested one
 */
export function patchKafkajs(): void {
  verifyKafkajsVersion();
  patchResponseHandling();
  patchReauthentication();
  patchRequestQueue();
}

/**
 * Maximum size of a response. A larger length indicates a different protocol, because the first bytes of HTTP or a
 * TLS alert look like a larger number.
 */
const maxResponseBytes = 256 * 1024 * 1024;
const { processData } = Connection.prototype;

/**
 * Wraps the kafkajs method that receives all bytes from a broker. kafkajs does not catch errors of this method, so a
 * malformed response, such as one of 3 bytes, would crash the process. With the wrapper, such a response only ends
 * the connection.
 */
function patchResponseHandling(): void {
  Connection.prototype.processData = function processDataWithinLimit(chunk) {
    try {
      processData.call(this, chunk);
      if (this.bytesNeeded > maxResponseBytes) {
        throw new RangeError(
          `the length of ${this.bytesNeeded} bytes shows that the server is not a Kafka broker`,
        );
      }
      if (this.bytesBuffered === 0) {
        // An empty slice of the last response would keep the whole response in memory.
        this.chunks = [];
      }
    } catch (error) {
      this.authHandlers?.onError();
      this.socket.destroy(new Error(`the response is malformed: ${toError(error).message}`));
    }
  };
}

/** Fraction of a session after which to log in again. The Kafka Java client logs in again after 85 to 95 % of a session. */
const reauthenticateAfter = 0.85;
/**
 * Minimum time in milliseconds between logins, because a broker rejects a second login of a connection within one
 * second.
 */
const minReauthenticationMs = 1_100;

/**
 * Replaces the kafkajs method that decides when to log in again. The original logs in ten seconds before a session
 * ends. In a session of at most ten seconds, it would log in before each request, and the broker would return
 * ILLEGAL_SASL_STATE. A session is that short if its token is about to expire.
 */
export function patchReauthentication(): void {
  Connection.prototype.isAuthenticated = function isAuthenticated() {
    if (this.authenticatedAt === null) {
      return false;
    }
    const sessionLifetimeMs = Number(this.sessionLifetime.toString());
    const [seconds, nanoseconds] = process.hrtime(this.authenticatedAt);
    const ageMs = seconds * 1_000 + nanoseconds / 1_000_000;
    return (
      sessionLifetimeMs === 0 ||
      ageMs < Math.max(sessionLifetimeMs * reauthenticateAfter, minReauthenticationMs)
    );
  };
}

const doNothing = (): void => undefined;

/**
 * Disables two kafkajs methods that delay requests while a quota is exceeded, because `createThrottle` replaces them.
 * `scheduleCheckPendingRequests` keeps setting a timer with a negative delay on each connection, even if no request
 * is waiting (tulios/kafkajs issues 1704 and 1751). The timer wakes the process every millisecond, and causes a
 * `TimeoutNegativeWarning` on Node 24. `maybeThrottle` would start pauses that never end without the other method.
 */
export function patchRequestQueue(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = doNothing;
  RequestQueue.prototype.maybeThrottle = doNothing;
}
