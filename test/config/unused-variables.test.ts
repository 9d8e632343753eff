import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isSetByPlatform, knownVariables } from '../../src/config/unused-variables.ts';

describe('known variables', () => {
  const folder = new URL('../../src/config/', import.meta.url).pathname;

  test('has every variable that a section of the configuration declares', () => {
    const declared = readdirSync(folder).flatMap((file) =>
      [...readFileSync(`${folder}${file}`, 'utf8').matchAll(/\b\w+Variable\(\s*'([A-Z][A-Z0-9_]+)'/g)].map(
        ([, name = '']) => name,
      ),
    );
    expect(declared.length).toBeGreaterThan(50);
    expect(declared.filter((name) => !knownVariables.has(name))).toEqual([]);
  });
});

describe('platform variables', () => {
  test.each([
    ['KAFKA_URL', 'kafka+ssl://h:9096'],
    ['KAFKA_TRUSTED_CERT', 'PEM'],
    ['KAFKA_CLIENT_CERT_KEY', 'PEM'],
    ['KAFKA_PREFIX', 'river-1.'],
    ['REDIS_TLS_URL', 'rediss://h:6380'],
    ['KAFKA_PORT', 'tcp://10.0.0.1:9092'],
    ['KAFKA_SERVICE_HOST', '10.0.0.1'],
    ['KAFKA_SERVICE_PORT', '9092'],
    ['RABBITMQ_SERVICE_PORT', '5672'],
    ['RABBITMQ_SERVICE_PORT_AMQP_TLS', '5671'],
    ['REDIS_MASTER_SERVICE_HOST', '10.0.0.1'],
    ['REDIS_PORT_6379_TCP', 'tcp://10.0.0.1:6379'],
    ['REDIS_PORT_6379_TCP_ADDR', '10.0.0.1'],
  ])('a platform sets %s by itself', (name, value) => {
    expect(isSetByPlatform(name, value)).toBe(true);
  });

  test.each([
    ['KAFKA_PORT', '9092'],
    ['KAFKA_BROKER', 'kafka:9092'],
    ['REDIS_HOST', 'redis'],
    ['REDIS_SERVICE', 'redis'],
  ])('somebody wrote %s', (name, value) => {
    expect(isSetByPlatform(name, value)).toBe(false);
  });
});
