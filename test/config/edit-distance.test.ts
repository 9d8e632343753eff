import { expect, test } from 'vitest';
import { editDistance } from '../../src/config/edit-distance.ts';

test.each([
  ['', '', 0],
  ['KAFKA_BROKERS', 'KAFKA_BROKERS', 0],
  ['KAFKA_BROKER', 'KAFKA_BROKERS', 1],
  ['KAFKAA_BROKERS', 'KAFKA_BROKERS', 1],
  ['KAKFA_BROKERS', 'KAFKA_BROKERS', 1],
  ['KAFKA-BROKERS', 'KAFKA_BROKERS', 1],
  ['KAFKA_BROKER_URL', 'KAFKA_BROKERS', 4],
  ['SSL_CERT_FILE', 'TLS_CERT_FILE', 2],
  ['', 'PORT', 4],
])('%s is %s after %i changes', (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance);
  expect(editDistance(to, from)).toBe(distance);
});
