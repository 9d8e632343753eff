import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { SCRAM } from 'kafkajs/src/broker/saslAuthenticator/scram.js';

/** Kafka's own users have 4,096 to 16,384. So many take some 50 ms of a thread. */
const mostIterations = 100_000;

/**
 * Replaces one method of kafkajs. The original hashes the password as often as the broker says: 2^31 times take a thread
 * for half an hour, and there are four. Calling it again changes nothing.
 */
export function mendScram(): void {
  SCRAM.hi = async (password, salt, iterations, { length, type }) => {
    if (!(iterations <= mostIterations)) {
      throw new RangeError(`the broker asks for ${iterations} iterations, more than ${mostIterations}`);
    }
    return promisify(pbkdf2)(password, salt, iterations, length, type);
  };
}
