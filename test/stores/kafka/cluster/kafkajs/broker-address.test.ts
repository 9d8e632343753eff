import { describe, expect, it } from 'vitest';
import {
  formatBrokerAddress,
  parseBrokerAddress,
} from '../../../../../src/stores/kafka/cluster/kafkajs/broker-address.ts';

describe('broker address', () => {
  it.each([
    ['kafka-0.kafka:9092', { host: 'kafka-0.kafka', port: 9092 }],
    ['10.0.0.1:19092', { host: '10.0.0.1', port: 19092 }],
    ['[fd00::1]:9092', { host: 'fd00::1', port: 9092 }],
  ])('reads and writes %s', (text, address) => {
    expect(parseBrokerAddress(text)).toEqual(address);
    expect(formatBrokerAddress(address)).toBe(text);
  });
});
