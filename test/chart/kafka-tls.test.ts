import { describe, expect, test } from 'vitest';
import { describeRefusals } from './support/describe-refusals.ts';
import { environmentOf, type Manifest, minimalValues, pick, render, type Values } from './support/render.ts';

describe('TLS to the brokers', () => {
  test('is turned on by the URLs of the brokers, and the policy opens their ports', () => {
    const manifests = renderWith(
      {
        brokers: ['kafka+ssl://kafka-0.kafka:9093', 'kafka+ssl://kafka-1.kafka:9094'],
        tls: { existingSecret: 's' },
      },
      { networkPolicy: { restrictEgress: true } },
    );
    expect(environmentOf(pick(manifests, 'Deployment'))).toMatchObject({
      KAFKA_BROKERS: 'kafka+ssl://kafka-0.kafka:9093,kafka+ssl://kafka-1.kafka:9094',
      KAFKA_TLS: 'true',
      STORE_TLS_CA_FILE: '/etc/comapi-webhook/kafka-tls/ca.crt',
    });
    expect(pick(manifests, 'NetworkPolicy').spec.egress[1].ports).toEqual([{ port: 9093 }, { port: 9094 }]);
  });

  test.each(['kafka:9092', 'kafka://kafka:9092', '[fd00::1]:9092'])('stays off for %s', (broker) => {
    const environment = environmentOf(pick(renderWith({ brokers: [broker] }), 'Deployment'));
    expect(environment.KAFKA_BROKERS).toBe(broker);
    expect(environment).not.toHaveProperty('KAFKA_TLS');
  });

  test('lets a login through where the URLs turn it on', () => {
    const brokers = ['kafka+ssl://kafka:9093'];
    const sasl = { mechanism: 'plain', existingSecret: 'user' };
    expect(environmentOf(pick(renderWith({ brokers, sasl }), 'Deployment'))).toMatchObject({
      KAFKA_SASL_MECHANISM: 'plain',
    });
  });
});

describeRefusals([
  ['a TLS Secret without TLS', { kafka: { tls: { existingSecret: 's' } } }, /kafka\.tls\.enabled is false/],
  [
    'a client certificate without its key',
    { kafka: { tls: { enabled: true, existingSecret: 's', certKey: 'tls.crt' } } },
    /certKey and kafka\.tls\.keyKey belong together/,
  ],
  [
    'a client certificate from nowhere',
    { kafka: { tls: { enabled: true, certKey: 'tls.crt', keyKey: 'tls.key' } } },
    /kafka\.tls\.existingSecret is not: name the Secret/,
  ],
  [
    'an authority from two places',
    { kafka: { tls: { enabled: true, existingCaSecret: 'a', secretProviderClass: 'c' } } },
    /kafka\.tls\.existingCaSecret and kafka\.tls\.secretProviderClass are both set/,
  ],
  [
    'a Secret beside the authority of which nothing is used',
    { kafka: { tls: { enabled: true, existingCaSecret: 'a', existingSecret: 's' } } },
    /kafka\.tls\.certKey is not: nothing of it would be used/,
  ],
  [
    'brokers with and without TLS',
    { kafka: { brokers: ['kafka+ssl://a:9093', 'b:9092'] } },
    /kafka\.brokers mixes kafka:\/\/, kafka\+ssl:\/\/ and plain host:port/,
  ],
  [
    'brokers that are said to have no TLS',
    { kafka: { brokers: ['kafka://a:9092'], tls: { enabled: true } } },
    /kafka\.brokers has kafka:\/\/, which is without TLS, but kafka\.tls\.enabled is true/,
  ],
  [
    'a user name in the address of a broker',
    { kafka: { brokers: ['kafka+ssl://user:pw@a:9093'] } },
    /'\/kafka\/brokers\/0'.*does not match/,
  ],
  [
    'a server name without TLS',
    { kafka: { tls: { serverName: 'a' } } },
    /kafka\.tls\.serverName is set but kafka\.tls\.enabled is false/,
  ],
]);

function renderWith(kafka: object, more: Values = {}): Manifest[] {
  return render({ ...minimalValues, ...more, kafka: { ...minimalValues.kafka, ...kafka } });
}
