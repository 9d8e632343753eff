import Connection from 'kafkajs/src/network/connection.js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { mendReauthentication } from '../../../src/kafka/kafkajs/mend-reauthentication.ts';

beforeEach(() => {
  mendReauthentication();
  vi.useFakeTimers({ toFake: ['hrtime'] });
});
afterEach(() => void vi.useRealTimers());

/** Whether a connection of this session counts as logged in, so long after its login. */
function isAuthenticated(sessionMs: string, ageMs: number): boolean {
  const connection = { authenticatedAt: process.hrtime(), sessionLifetime: sessionMs };
  vi.advanceTimersByTime(ageMs);
  return Connection.prototype.isAuthenticated.call(connection as never);
}

test.each([
  ['0', 1_000_000_000, true],
  ['3000', 2_540, true],
  ['3000', 2_560, false],
  ['3600000', 3_050_000, true],
  ['3600000', 3_070_000, false],
  // The broker takes no second login within a second.
  ['500', 1_050, true],
  ['500', 1_200, false],
])('a session of %s ms counts after %d ms: %s', (sessionMs, ageMs, expected) => {
  expect(isAuthenticated(sessionMs, ageMs)).toBe(expected);
});

test('a connection that never logged in does not count', () => {
  const connection = { authenticatedAt: null, sessionLifetime: '0' };
  expect(Connection.prototype.isAuthenticated.call(connection as never)).toBe(false);
});
