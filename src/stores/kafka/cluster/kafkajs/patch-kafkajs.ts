import manifest from 'kafkajs/package.json' with { type: 'json' };
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { toError } from '../../../../runtime/errors.ts';

/** The release whose internal modules this folder was written for and tested with. */
const knownKafkajsVersion = '2.2.4';

/** Rejects any other release of kafkajs: its internal modules may differ, and a wrong assumption could lose records. */
export function verifyKafkajsVersion(version: string = manifest.version): void {
  if (version !== knownKafkajsVersion) {
    throw new Error(
      `kafkajs ${version} is installed, but this version is untested and could lose records. Install kafkajs ${knownKafkajsVersion}.`,
    );
  }
}

/**
 * Patches kafkajs. Call it before any use of kafkajs. Further calls have no effect.
 *
 * @throws if another release than the tested one is installed
 */
export function patchKafkajs(): void {
  verifyKafkajsVersion();
  guardAnswers();
  patchReauthentication();
  patchRequestQueue();
}

/** A larger length means another protocol: the first bytes of HTTP or of a TLS alert read as a larger number. */
const maxResponseBytes = 256 * 1024 * 1024;
const { processData } = Connection.prototype;

/**
 * Wraps the kafkajs method that receives every byte from a broker. Nothing catches its errors, so a single malformed
 * response, such as one of 3 bytes, would crash the process. With this patch, it only ends the connection.
 */
function guardAnswers(): void {
  Connection.prototype.processData = function guardedProcessData(chunk) {
    try {
      processData.call(this, chunk);
      if (this.bytesNeeded > maxResponseBytes) {
        throw new RangeError(`its length is ${this.bytesNeeded} bytes, so the peer is not a Kafka broker`);
      }
      if (this.bytesBuffered === 0) {
        // An empty slice of the last response would keep all of it in memory.
        this.chunks = [];
      }
    } catch (error) {
      this.authHandlers?.onError();
      this.socket.destroy(new Error(`the response is malformed: ${toError(error).message}`));
    }
  };
}

/** Fraction of a session after which to log in again. Kafka's Java client does so after 85 to 95 %. */
const reauthenticateAfter = 0.85;
/** A broker rejects a second login of a connection within one second. */
const minReauthenticationMs = 1_100;

/**
 * Replaces the kafkajs method that decides when to log in again. The original does so ten seconds before a session
 * ends. With
 * a session of ten seconds or less, that is before each request, and the broker rejects the second login with
 * ILLEGAL_SASL_STATE. Sessions are that short if a token is about to expire.
 */
export function patchReauthentication(): void {
  Connection.prototype.isAuthenticated = function isAuthenticated() {
    if (this.authenticatedAt === null) {
      return false;
    }
    const sessionMs = Number(this.sessionLifetime.toString());
    const [seconds, nanoseconds] = process.hrtime(this.authenticatedAt);
    const ageMs = seconds * 1_000 + nanoseconds / 1_000_000;
    return sessionMs === 0 || ageMs < Math.max(sessionMs * reauthenticateAfter, minReauthenticationMs);
  };
}

const nothing = (): void => undefined;

/**
 * Disables two kafkajs methods that delay requests while a quota is exceeded. `createThrottle` replaces them.
 * `scheduleCheckPendingRequests` keeps setting a timer with a negative delay on each connection, even if no request
 * waits
 * (tulios/kafkajs issues 1704 and 1751). That causes a wake-up every millisecond, and a `TimeoutNegativeWarning` on
 * Node 24.
 * `maybeThrottle` would start pauses that nothing ends without the other method.
 */
export function patchRequestQueue(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = nothing;
  RequestQueue.prototype.maybeThrottle = nothing;
}
