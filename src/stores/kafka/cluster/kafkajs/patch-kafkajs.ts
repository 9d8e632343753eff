import manifest from 'kafkajs/package.json' with { type: 'json' };
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { toError } from '../../../../runtime/errors.ts';

/** The release whose inner modules this folder was written and tested against. */
const knownKafkajsVersion = '2.2.4';

/** Another release may have other inner modules; a wrong guess about them could lose records. */
export function verifyKafkajsVersion(version: string = manifest.version): void {
  if (version !== knownKafkajsVersion) {
    throw new Error(
      `kafkajs ${version} is installed, but only ${knownKafkajsVersion} is known to be safe here.`,
    );
  }
}

/**
 * To be called before any use of kafkajs. Calling it again changes nothing.
 *
 * @throws when another release is installed than the one whose inner modules are replaced here
 */
export function patchKafkajs(): void {
  verifyKafkajsVersion();
  guardAnswers();
  patchReauthentication();
  patchRequestQueue();
}

/** More is no length: what other protocols begin with, such as HTTP or an alert of TLS, is larger when it is read as one. */
const mostAnswerBytes = 256 * 1024 * 1024;
const { processData } = Connection.prototype;

/**
 * Goes around one method of kafkajs, which gets every byte that a broker sends: nobody catches what it throws, for an answer
 * of 3 bytes, say, so that one spoiled answer would end the process. Here it ends the connection.
 */
function guardAnswers(): void {
  Connection.prototype.processData = function guardedProcessData(chunk) {
    try {
      processData.call(this, chunk);
      if (this.bytesNeeded > mostAnswerBytes) {
        throw new RangeError(`${this.bytesNeeded} bytes of it are announced, so this is no broker of Kafka`);
      }
      if (this.bytesBuffered === 0) {
        // An empty end of the last answer would keep all of it in memory.
        this.chunks = [];
      }
    } catch (error) {
      this.authHandlers?.onError();
      this.socket.destroy(new Error(`the answer cannot be read: ${toError(error).message}`));
    }
  };
}

/** Kafka's own client logs in again after 85 to 95 % of the session. */
const partOfSession = 0.85;
/** The broker refuses to log a connection in twice in a second. */
const minMs = 1_100;

/**
 * Replaces one method of kafkajs. The original logs in again ten seconds before a session ends: with sessions of ten
 * seconds or less before each request, which the broker refuses with ILLEGAL_SASL_STATE from the second on. Sessions are
 * that short when a token is near its end.
 */
export function patchReauthentication(): void {
  Connection.prototype.isAuthenticated = function isAuthenticated() {
    if (this.authenticatedAt === null) {
      return false;
    }
    const sessionMs = Number(this.sessionLifetime.toString());
    const [seconds, nanoseconds] = process.hrtime(this.authenticatedAt);
    const ageMs = seconds * 1_000 + nanoseconds / 1_000_000;
    return sessionMs === 0 || ageMs < Math.max(sessionMs * partOfSession, minMs);
  };
}

const nothing = (): void => undefined;

/**
 * Replaces two methods of kafkajs that hold requests back while a quota is used up, which `createThrottle` does here. One
 * sets a timer of a negative delay again and again, on each connection, whether anything waits or not (tulios/kafkajs issues
 * 1704 and 1751). That is a wake-up each millisecond and a `TimeoutNegativeWarning` on Node 24. Without it nothing would end
 * the pause that the other begins.
 */
export function patchRequestQueue(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = nothing;
  RequestQueue.prototype.maybeThrottle = nothing;
}
