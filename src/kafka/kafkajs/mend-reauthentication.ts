import Connection from 'kafkajs/src/network/connection.js';

/** Kafka's own client logs in again after 85 to 95 % of the session. */
const partOfSession = 0.85;
/** The broker refuses to log a connection in twice in a second. */
const minMs = 1_100;

/**
 * Replaces one method of kafkajs. The original logs in again ten seconds before a session ends: with sessions of ten
 * seconds or less before each request, which the broker refuses with ILLEGAL_SASL_STATE from the second on. Sessions are
 * that short when a token is near its end. Calling it again changes nothing.
 */
export function mendReauthentication(): void {
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
