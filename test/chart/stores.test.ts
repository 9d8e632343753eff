import { describe, expect, test } from 'vitest';
import { describeRefusals } from './support/describe-refusals.ts';
import {
  environmentOf,
  type Manifest,
  minimalValues,
  notes,
  pick,
  render,
  type Values,
} from './support/render.ts';

const { webhooks } = minimalValues;
const url = { existingSecret: 'store' };
const tls = { existingSecret: 'store-ca', certKey: 'a.crt', keyKey: 'a.key', serverName: 'store.internal' };

/** A release on one of the stores that have a URL. */
const rendered = (store: Values, more: Values = {}) => render({ webhooks, ...store, ...more });

/** The variables of a pod that are of a store. */
function storeVariables(workload: Manifest): Record<string, string> {
  const variables = Object.entries(environmentOf(workload));
  return Object.fromEntries(
    variables.filter(([name]) => /^(KAFKA|RABBITMQ|REDIS|STORE)_|^(TOPIC_RULES|ALLOW_PLAINTEXT)$/.test(name)),
  );
}

describe.each([
  [
    'rabbitmq',
    { rabbitmq: url },
    {
      RABBITMQ_URL_FILE: '/etc/comapi-webhook/rabbitmq/url',
      RABBITMQ_QUEUE: 'comapi.events',
      RABBITMQ_QUEUE_COUNT: '1',
      RABBITMQ_DEAD_LETTER_QUEUE: 'comapi.events.dead-letter',
    },
  ],
  [
    'redis',
    { redis: url },
    {
      REDIS_URL_FILE: '/etc/comapi-webhook/redis/url',
      REDIS_STREAM: 'comapi.events',
      REDIS_DEAD_LETTER_STREAM: 'comapi.events.dead-letter',
      REDIS_STREAM_COUNT: '1',
      REDIS_REPLICAS: '0',
    },
  ],
])('the store %s', (name, store: Values, variables) => {
  test('has its URL from a file of the Secret, and nothing of another store', () => {
    const deployment = pick(rendered(store), 'Deployment');
    expect(storeVariables(deployment)).toEqual(variables);
    const { containers, volumes } = deployment.spec.template.spec;
    expect(containers[0].volumeMounts).toContainEqual({
      name,
      mountPath: `/etc/comapi-webhook/${name}`,
      readOnly: true,
    });
    expect(volumes.find((volume: Manifest) => volume.name === name).secret).toMatchObject({
      secretName: 'store',
      items: [{ key: 'url', path: 'url' }],
    });
  });

  test('has its URL from a vault, where one is named', () => {
    const [own] = Object.keys(store);
    const deployment = pick(rendered({ [own ?? '']: { secretProviderClass: 'vault' } }), 'Deployment');
    const { csi } = deployment.spec.template.spec.volumes.find((volume: Manifest) => volume.name === name);
    expect(csi.volumeAttributes).toEqual({ secretProviderClass: 'vault' });
  });

  test('finds authority and client certificate in a second directory', () => {
    const deployment = pick(rendered({ [name]: { ...url, tls } }), 'Deployment');
    const prefix = 'STORE_TLS_';
    expect(environmentOf(deployment)).toMatchObject({
      [`${prefix}CA_FILE`]: `/etc/comapi-webhook/${name}-tls/ca.crt`,
      [`${prefix}CERT_FILE`]: `/etc/comapi-webhook/${name}-tls/a.crt`,
      [`${prefix}KEY_FILE`]: `/etc/comapi-webhook/${name}-tls/a.key`,
      [`${prefix}SERVER_NAME`]: 'store.internal',
    });
    const volumes: Manifest[] = deployment.spec.template.spec.volumes;
    expect(volumes.find((volume) => volume.name === `${name}-tls`).secret.secretName).toBe('store-ca');
  });

  test('is the one of the job that makes topics, which gets no setting of Kafka', () => {
    const topics = { create: true, replicationFactor: 3, settings: { 'x-max-length': 1000000 } };
    const job = pick(rendered(store, { topics }), 'Job', 'topics');
    expect(storeVariables(job)).toEqual(variables);
    expect(job.spec.template.spec.containers[0].args).toEqual([
      'topics',
      '--replication-factor=3',
      '--setting=x-max-length=1000000',
    ]);
    expect(job.spec.template.spec.volumes.map((volume: Manifest) => volume.name)).toContain(name);
  });

  test('is said in the notes, by its names and ports', () => {
    const said = notes({ webhooks, ...store, networkPolicy: { restrictEgress: true } });
    expect(said).toMatch(
      /topics: .*Until comapi\.events, comapi\.events\.dead-letter exist.*; topics\.create makes/,
    );
    expect(said).toMatch(
      name === 'redis' ? /DNS and Redis ports 6379;/ : /DNS and RabbitMQ ports 5671, 5672;/,
    );
  });

  test('is where the pods may connect to, by its usual ports and by those that are named', () => {
    const networkPolicy = {
      restrictEgress: true,
      storePorts: [16379],
      storeTo: [{ ipBlock: { cidr: '10.0.0.0/8' } }],
    };
    const [, rule] = pick(rendered(store, { networkPolicy }), 'NetworkPolicy').spec.egress;
    expect(rule.ports.map(({ port }: Manifest) => port)).toEqual(
      name === 'redis' ? [6379, 16379] : [5671, 5672, 16379],
    );
    expect(rule.to).toEqual(networkPolicy.storeTo);
  });
});

describe('RabbitMQ', () => {
  test('shares the events between as many queues as are named', () => {
    const rabbitmq = { ...url, queue: 'events', queueCount: 4, deadLetterQueue: 'dead' };
    expect(storeVariables(pick(rendered({ rabbitmq }), 'Deployment'))).toMatchObject({
      RABBITMQ_QUEUE: 'events',
      RABBITMQ_QUEUE_COUNT: '4',
      RABBITMQ_DEAD_LETTER_QUEUE: 'dead',
    });
  });

  test('logs in without TLS only when it is asked for', () => {
    const rabbitmq = { ...url, allowPlaintext: true };
    expect(storeVariables(pick(rendered({ rabbitmq }), 'Deployment'))).toMatchObject({
      ALLOW_PLAINTEXT: 'true',
    });
  });

  test('gets them by an exchange of the user’s instead', () => {
    const environment = storeVariables(
      pick(rendered({ rabbitmq: { ...url, exchange: 'own' } }), 'Deployment'),
    );
    expect(environment.RABBITMQ_EXCHANGE).toBe('own');
    // Beside an exchange the program refuses them.
    expect(environment).not.toHaveProperty('RABBITMQ_QUEUE');
    expect(environment).not.toHaveProperty('RABBITMQ_QUEUE_COUNT');
  });
});

describe('Redis', () => {
  test('has as many streams and replicas as are asked for', () => {
    const redis = { ...url, streamCount: 3, replicas: 1 };
    expect(storeVariables(pick(rendered({ redis }), 'Deployment'))).toMatchObject({
      REDIS_STREAM_COUNT: '3',
      REDIS_REPLICAS: '1',
    });
  });

  test('promises less only when that is asked for', () => {
    const environment = (redis: object) =>
      storeVariables(pick(rendered({ redis: { ...url, ...redis } }), 'Deployment'));
    expect(
      environment({
        memoryOnly: true,
        allowPlaintext: true,
        tls: { allowAnyCertificate: true },
      }),
    ).toMatchObject({
      REDIS_MEMORY_ONLY: 'true',
      ALLOW_PLAINTEXT: 'true',
      REDIS_TLS_ALLOW_ANY_CERTIFICATE: 'true',
    });
    expect(Object.keys(environment({})).filter((name) => /MEMORY_ONLY|ALLOW_/.test(name))).toEqual([]);
  });
});

test('events go to other topics, whatever the store calls a topic', () => {
  const rules = [{ events: 'message.*', topic: 'messages' }];
  const rabbitmq = { ...url, queueRules: rules };
  expect(storeVariables(pick(rendered({ rabbitmq }), 'Deployment'))).toMatchObject({
    TOPIC_RULES: 'message.*=messages',
  });
  const redis = { ...url, streamRules: rules };
  expect(storeVariables(pick(rendered({ redis }), 'Deployment'))).toMatchObject({
    TOPIC_RULES: 'message.*=messages',
  });
});

const only = (store: Values): Values => ({ kafka: { brokers: [] }, ...store });

describeRefusals([
  ['no store', only({}), /kafka\.brokers is empty: name at least one broker.* or redis\.existingSecret/],
  [
    'two stores',
    { rabbitmq: url },
    /kafka\.brokers and rabbitmq\.existingSecret are both set: events go to one store, so choose one/,
  ],
  [
    'three stores',
    { rabbitmq: url, redis: { secretProviderClass: 'c' } },
    /kafka\.brokers and rabbitmq\.existingSecret and redis\.secretProviderClass are all set/,
  ],
  [
    'a revision filter on RabbitMQ',
    only({ rabbitmq: url, revisionFilter: { enabled: true } }),
    /revisionFilter\.enabled is true but the store is RabbitMQ, and the filter runs on Kafka/,
  ],
  [
    'a revision filter on Redis',
    only({ redis: url, revisionFilter: { enabled: true } }),
    /revisionFilter\.enabled is true but the store is Redis, and the filter runs on Kafka/,
  ],
  [
    'KafkaTopic objects for another store',
    only({ redis: url, topics: { strimzi: { enabled: true, cluster: 'c' } } }),
    /topics\.strimzi\.enabled is true but the store is Redis/,
  ],
  [
    'a setting of Kafka for another store',
    only({ rabbitmq: url, topics: { minInsyncReplicas: 2 } }),
    /topics\.minInsyncReplicas is set but the store is RabbitMQ: it is of Kafka/,
  ],
  [
    'an exchange and several queues',
    only({ rabbitmq: { ...url, exchange: 'e', queueCount: 2 } }),
    /rabbitmq\.exchange and rabbitmq\.queueCount are both set/,
  ],
  [
    'events and dead letters in one queue',
    only({ rabbitmq: { ...url, deadLetterQueue: 'comapi.events' } }),
    /rabbitmq\.queue and rabbitmq\.deadLetterQueue are not two topics/,
  ],
  [
    'events of a registration in the stream of dead letters',
    only({ redis: url, webhooks: [{ existingSecret: 's', topic: 'comapi.events.dead-letter' }] }),
    /webhooks\[0\]\.topic is .*, which is redis\.deadLetterStream:/,
  ],
  [
    'a URL from two places',
    only({ redis: { ...url, secretProviderClass: 'c' } }),
    /redis\.existingSecret and redis\.secretProviderClass are both set/,
  ],
  [
    'a client certificate without its key',
    only({ rabbitmq: { ...url, tls: { existingSecret: 's', certKey: 'c' } } }),
    /rabbitmq\.tls\.certKey and rabbitmq\.tls\.keyKey belong together/,
  ],
  [
    'a client certificate from nowhere',
    only({ redis: { ...url, tls: { certKey: 'c', keyKey: 'k' } } }),
    /redis\.tls\.existingSecret is not: name the Secret that holds it/,
  ],
  [
    'any certificate, and a name in it',
    only({ redis: { ...url, tls: { allowAnyCertificate: true, serverName: 'a' } } }),
    /redis\.tls\.allowAnyCertificate is true beside an authority/,
  ],
  ['a URL in the values', only({ redis: { url: 'redis://a' } }), /'\/redis'.*'url' not allowed/],
  ['the name of no queue', only({ rabbitmq: { ...url, queue: 'a b' } }), /'\/rabbitmq\/queue'/],
]);
