import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { describeRefusals } from './support/describe-refusals.ts';
import {
  environmentOf,
  type Manifest,
  minimalValues,
  ofKind,
  pick,
  render,
  type Values,
} from './support/render.ts';

const tlsBrokers = ['kafka+ssl://kafka-0.kafka:9093', 'kafka+ssl://kafka-1.kafka:9094'];
const renderKafka = (kafka: object, more: Values = {}) =>
  render({ ...minimalValues, ...more, kafka: { brokers: tlsBrokers, ...kafka } });

describe('the connection to Kafka', () => {
  test('is plain where the URLs of the brokers turn no TLS on', () => {
    const environment = environmentOf(pick(render(minimalValues), 'Deployment'));
    expect(environment).toMatchObject({
      KAFKA_BROKERS: 'kafka:9092',
      KAFKA_TOPIC: 'comapi.events',
    });
    expect(Object.keys(environment).filter((name) => /TLS|SASL|DEAD_LETTER/.test(name))).toEqual([]);
  });

  test('may go to the ports of the brokers, however they are written', () => {
    const networkPolicy = { restrictEgress: true };
    const { spec } = pick(renderKafka({}, { networkPolicy }), 'NetworkPolicy');
    expect(spec.egress[1].ports).toEqual([{ port: 9093 }, { port: 9094 }]);
  });

  test.each(['receiver', 'filter'])(
    'of the %s finds each credential file in a mounted Secret',
    (component) => {
      const deployment = pick(render(allOptions), 'Deployment', component);
      const files = Object.entries(environmentOf(deployment)).filter(([name]) =>
        /^(KAFKA|STORE)_.*_FILE$/.test(name),
      );
      expect(Object.fromEntries(files)).toEqual({
        STORE_TLS_CA_FILE: '/etc/comapi-webhook/store-tls/ca.crt',
        STORE_TLS_CERT_FILE: '/etc/comapi-webhook/store-tls/tls.crt',
        STORE_TLS_KEY_FILE: '/etc/comapi-webhook/store-tls/tls.key',
        KAFKA_SASL_PASSWORD_FILE: '/etc/comapi-webhook/store/password',
      });
      const { containers, volumes } = deployment.spec.template.spec;
      for (const name of ['store', 'store-tls']) {
        const mount = containers[0].volumeMounts.find((each: Manifest) => each.name === name);
        expect(mount.mountPath).toBe(`/etc/comapi-webhook/${name}`);
      }
      expect(volumes.find((each: Manifest) => each.name === 'store').secret).toMatchObject({
        secretName: 'kafka-user',
        items: [{ key: 'password', path: 'password' }],
      });
    },
  );

  test('takes the user name from the Secret, or from the values', () => {
    const user = (sasl: object) => {
      const manifests = renderKafka({ sasl: { mechanism: 'plain', existingSecret: 'user', ...sasl } });
      const [container] = pick(manifests, 'Deployment').spec.template.spec.containers;
      return container.env.find((variable: Manifest) => variable.name === 'KAFKA_SASL_USERNAME');
    };
    expect(user({}).valueFrom).toEqual({ secretKeyRef: { name: 'user', key: 'username' } });
    expect(user({ username: 'comapi' }).value).toBe('comapi');
  });

  test('logs in without TLS only if that is enabled', () => {
    const kafka = { brokers: ['kafka:9092'], sasl: { mechanism: 'plain', existingSecret: 'user' } };
    const environment = environmentOf(
      pick(renderKafka(kafka, { env: { ALLOW_PLAINTEXT: true } }), 'Deployment'),
    );
    expect(environment).toMatchObject({ ALLOW_PLAINTEXT: 'true', KAFKA_SASL_MECHANISM: 'plain' });
  });
});

describe('the login with OAuth tokens', () => {
  const oauthbearer = { mechanism: 'oauthbearer' };

  test('by a token endpoint has its id and secret from the Secret', () => {
    const env = { KAFKA_OAUTH_TOKEN_ENDPOINT: 'https://id.example.com/token', KAFKA_OAUTH_SCOPE: 'kafka' };
    const sasl = { ...oauthbearer, existingSecret: 'client' };
    const { spec } = pick(renderKafka({ sasl }, { env }), 'Deployment').spec.template;
    expect(spec.containers[0].env).toEqual(
      expect.arrayContaining([
        { name: 'KAFKA_SASL_USERNAME', valueFrom: { secretKeyRef: { name: 'client', key: 'username' } } },
        { name: 'KAFKA_SASL_PASSWORD_FILE', value: '/etc/comapi-webhook/store/password' },
        ...Object.entries(env).map(([name, value]) => ({ name, value })),
      ]),
    );
  });

  test('by a file, or by AWS, has no Secret', () => {
    const deployment = pick(
      renderKafka({ sasl: oauthbearer }, { env: { AWS_REGION: 'eu-west-1' } }),
      'Deployment',
    );
    expect(Object.keys(environmentOf(deployment)).filter((name) => /SASL|AWS/.test(name))).toEqual([
      'KAFKA_SASL_MECHANISM',
      'AWS_REGION',
    ]);
    const { volumes } = deployment.spec.template.spec;
    expect(volumes.map(({ name }: Manifest) => name)).toEqual(['config', 'webhook-default']);
  });
});

describe('topics', () => {
  test('are Strimzi objects that outlive the release', () => {
    const manifests = render({
      ...minimalValues,
      webhooks: [{ existingSecret: 'signing', topic: 'Chat_Events' }],
      revisionFilter: { enabled: true },
      topics: { strimzi: { cluster: 'events', namespace: 'kafka' }, partitions: 24 },
    });
    const topics = ofKind(manifests, 'KafkaTopic');
    expect(new Set(topics.map(({ spec }) => spec.topicName))).toEqual(
      new Set([
        ...['Chat_Events', 'Chat_Events.dead-letter'],
        ...['comapi.events', 'comapi.events.dead-letter', 'comapi.events.latest'],
      ]),
    );
    for (const topic of topics) {
      expect(topic.metadata.name).toMatch(/^[a-z0-9.-]+$/);
      expect(topic.metadata.labels['strimzi.io/cluster']).toBe('events');
      expect(topic.metadata.annotations['helm.sh/resource-policy']).toBe('keep');
    }
  });

  test.each([
    [undefined, 'v1'],
    ['kafka.strimzi.io/v1', 'v1'],
    ['kafka.strimzi.io/v1beta2', 'v1beta2'],
  ])('are of the API that the cluster has: %s', (has, version) => {
    const topics = { strimzi: { cluster: 'events' } };
    const [topic] = ofKind(render({ ...minimalValues, topics }, has ? { api: has } : {}), 'KafkaTopic');
    expect(topic.apiVersion).toBe(`kafka.strimzi.io/${version}`);
  });
});

describeRefusals([
  [
    'SASL without a Secret',
    { kafka: { sasl: { mechanism: 'plain' } } },
    /kafka\.sasl\.existingSecret is not/,
  ],
  [
    'SASL without TLS',
    { kafka: { sasl: { mechanism: 'scram-sha-512', existingSecret: 's' } } },
    /kafka\.brokers do not use TLS: the password, .* set env\.ALLOW_PLAINTEXT=true/,
  ],
  [
    'a SASL Secret without a mechanism',
    { kafka: { sasl: { existingSecret: 's' } } },
    /kafka\.sasl\.mechanism is not: set plain/,
  ],
  [
    'a SASL user that nobody names',
    { kafka: { brokers: tlsBrokers, sasl: { mechanism: 'plain', secretProviderClass: 'c' } } },
    /kafka\.sasl\.username is missing/,
  ],
  [
    'a SASL password from two places',
    {
      kafka: {
        brokers: tlsBrokers,
        sasl: { mechanism: 'plain', existingSecret: 's', secretProviderClass: 'c' },
      },
    },
    /kafka\.sasl\.existingSecret and kafka\.sasl\.secretProviderClass are both set/,
  ],
  [
    'the topics job with the login of a service account that does not exist yet',
    { kafka: { brokers: tlsBrokers, sasl: { mechanism: 'oauthbearer' } }, topics: { create: true } },
    /topics\.create cannot log in .* Set serviceAccount\.create=false/,
  ],
  [
    'TLS files for brokers without TLS',
    { store: { tls: { existingCaSecret: 's' } } },
    /store\.tls is set but kafka\.brokers do not use TLS: write each as kafka\+ssl:/,
  ],
  [
    'a user name in the address of a broker',
    { kafka: { brokers: ['kafka+ssl://user:pw@a:9093'] } },
    /'\/kafka\/brokers\/0'.*does not match/,
  ],
]);
