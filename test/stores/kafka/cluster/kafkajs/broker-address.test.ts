import { expect, test } from 'vitest';
import {
  formatBrokerAddress,
  parseBrokerAddress,
} from '../../../../../src/stores/kafka/cluster/kafkajs/broker-address.ts';

test.each([
  ['kafka-0.kafka:9092', { host: 'kafka-0.kafka', port: 9092 }],
  ['10.0.0.1:19092', { host: '10.0.0.1', port: 19092 }],
  ['[fd00::1]:9092', { host: 'fd00::1', port: 9092 }],
])('the address of a broker is read and written: %s', (text, address) => {
  expect(parseBrokerAddress(text)).toEqual(address);
  expect(formatBrokerAddress(address)).toBe(text);
});
