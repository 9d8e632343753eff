import Broker from 'kafkajs/src/broker/index.js';
import Connection from 'kafkajs/src/network/connection.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { requests } from 'kafkajs/src/protocol/requests/index.js';
import { expect, test } from 'vitest';
import { kafkaApis } from '../../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';

/** What src/stores/kafka/cluster/kafkajs calls or replaces, by inner module. */
test.each([
  ['Broker', Broker.prototype, ['connect', 'disconnect', 'isConnected']],
  ['ConnectionPool', ConnectionPool.prototype, ['getConnection', 'map']],
  [
    'Connection',
    Connection.prototype,
    [
      ...['processData', 'isAuthenticated', 'authenticate', 'failIfNotConnected'],
      ...['nextCorrelationId', 'rejectRequests'],
    ],
  ],
  [
    'RequestQueue',
    RequestQueue.prototype,
    [...['push', 'fulfillRequest', 'rejectAll', 'maybeThrottle'], ...['scheduleCheckPendingRequests']],
  ],
])('%s of kafkajs has every method that is called or replaced', (_name, owner, methods) => {
  const missing = methods.filter((method) => typeof Reflect.get(owner, method) !== 'function');
  expect(missing).toEqual([]);
});

test('kafkajs knows each request that it has to encode', () => {
  // The only one that is written and read here alone.
  const { OffsetForLeaderEpoch: _, ...encoded } = kafkaApis;
  const versions = Object.keys(encoded).map(
    (api) => (requests[api] as { versions: string[] }).versions.length,
  );
  expect(Math.min(...versions)).toBeGreaterThan(0);
});
