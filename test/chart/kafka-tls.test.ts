import { describe, expect, test } from 'vitest';
import { describeRefusals } from './support/describe-refusals.ts';
import { environmentOf, type Manifest, minimalValues, pick, render, type Values } from './support/render.ts';

const ownAuthority = { enabled: true, existingSecret: 's' };

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
      KAFKA_TLS_CA_FILE: '/etc/comapi-webhook/kafka-tls/ca.crt',
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

  test('has the passphrase of the client key from the Secret that holds the key', () => {
    const tls = { existingCaSecret: 'ca', ...ownAuthority, certKey: 'a.crt', keyKey: 'a.key' };
    const variable = (more: object) => {
      const deployment = pick(renderWith({ tls: { ...tls, ...more } }), 'Deployment');
      const { env } = deployment.spec.template.spec.containers[0];
      return env.find(({ name }: Manifest) => name === 'KAFKA_TLS_KEY_PASSPHRASE')?.valueFrom;
    };
    expect(variable({ keyPassphraseKey: 'a.pass' })).toEqual({ secretKeyRef: { name: 's', key: 'a.pass' } });
    expect(variable({})).toBeUndefined();
  });

  test('checks no name in the certificates only when that is asked for', () => {
    const environment = (tls: object) => environmentOf(pick(renderWith({ tls }), 'Deployment'));
    expect(environment({ ...ownAuthority, allowAnyServerName: true })).toMatchObject({
      KAFKA_TLS_ALLOW_ANY_SERVER_NAME: 'true',
    });
    expect(environment(ownAuthority)).not.toHaveProperty('KAFKA_TLS_ALLOW_ANY_SERVER_NAME');
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
    'a passphrase without a key',
    { kafka: { tls: { ...ownAuthority, keyPassphraseKey: 'p' } } },
    /kafka\.tls\.keyKey is not: name the key that it opens/,
  ],
  [
    'a passphrase from where no variable can be read',
    {
      kafka: {
        tls: { enabled: true, secretProviderClass: 'c', certKey: 'c', keyKey: 'k', keyPassphraseKey: 'p' },
      },
    },
    /keyPassphraseKey cannot come from kafka\.tls\.secretProviderClass/,
  ],
  [
    'any server of a public authority',
    { kafka: { tls: { enabled: true, allowAnyServerName: true } } },
    /allowAnyServerName is true without an authority of your own/,
  ],
  [
    'a server name that is not checked',
    { kafka: { tls: { ...ownAuthority, allowAnyServerName: true, serverName: 'a' } } },
    /allowAnyServerName and kafka\.tls\.serverName are both set/,
  ],
  [
    'a server name without TLS',
    { kafka: { tls: { serverName: 'a' } } },
    /kafka\.tls\.serverName or allowAnyServerName is set but kafka\.tls\.enabled is false/,
  ],
]);

function renderWith(kafka: object, more: Values = {}): Manifest[] {
  return render({ ...minimalValues, ...more, kafka: { ...minimalValues.kafka, ...kafka } });
}
