import { describe, expect, it } from 'vitest';
import { toBrokerNames } from '../../../src/kafka/kafkajs/broker-names.ts';

describe('toBrokerNames', () => {
  it('leaves names and IPv4 addresses as they are', () => {
    const { brokers, hostOf } = toBrokerNames(['kafka-0:9092', '10.0.0.1:9093']);
    expect(brokers).toEqual(['kafka-0:9092', '10.0.0.1:9093']);
    expect(hostOf('kafka-0')).toBe('kafka-0');
  });

  it('names IPv6 literals, and gives the literal back for the socket', () => {
    const { brokers, hostOf } = toBrokerNames(['kafka-0:9092', '[fd00::1]:9093']);
    const [host = '', port] = (brokers[1] ?? '').split(':');
    expect(port).toBe('9093');
    expect(hostOf(host)).toBe('fd00::1');
  });
});
