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

/** Renders a release with RabbitMQ or Redis, which are both configured by a URL. */
const rendered = (store: Values, more: Values = {}) => render({ webhooks, ...store, ...more });

/** Returns those environment variables of a pod that configure its store. */
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
      RABBITMQ_URL_FILE: '/etc/comapi-webhook/store/url',
      RABBITMQ_QUEUE: 'comapi.events',
    },
  ],
  [
    'redis',
    { redis: url },
    {
      REDIS_URL_FILE: '/etc/comapi-webhook/store/url',
      REDIS_STREAM: 'comapi.events',
    },
  ],
])('the store %s', (name, store: Values, variables) => {
  test('has its URL from a file of the Secret, and nothing of another store', () => {
    const deployment = pick(rendered(store), 'Deployment');
    expect(storeVariables(deployment)).toEqual(variables);
    const { containers, volumes } = deployment.spec.template.spec;
    expect(containers[0].volumeMounts).toContainEqual({
      name: 'store',
      mountPath: '/etc/comapi-webhook/store',
      readOnly: true,
    });
    expect(volumes.find((volume: Manifest) => volume.name === 'store').secret).toMatchObject({
      secretName: 'store',
      items: [{ key: 'url', path: 'url' }],
    });
  });

  test('has its URL from a vault, where one is named', () => {
    const [own] = Object.keys(store);
    const deployment = pick(rendered({ [own ?? '']: { secretProviderClass: 'vault' } }), 'Deployment');
    const { csi } = deployment.spec.template.spec.volumes.find((volume: Manifest) => volume.name === 'store');
    expect(csi.volumeAttributes).toEqual({ secretProviderClass: 'vault' });
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
    expect(job.spec.template.spec.volumes.map((volume: Manifest) => volume.name)).toContain('store');
  });

  test('is said in the notes, by its names and ports', () => {
    const said = notes({ webhooks, ...store, networkPolicy: { restrictEgress: true } });
    expect(said).toMatch(
      /topics: .*Until comapi\.events, comapi\.events\.dead-letter exist.*To create them, set topics\.create\./,
    );
    expect(said).toMatch(
      name === 'redis' ? /DNS and to Redis ports 6379\./ : /DNS and to RabbitMQ ports 5671, 5672\./,
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
  test('has its URL where its cluster operator puts it', () => {
    const deployment = pick(rendered({ rabbitmq: { ...url, urlKey: 'connection_string' } }), 'Deployment');
    expect(environmentOf(deployment).RABBITMQ_URL_FILE).toBe('/etc/comapi-webhook/store/connection_string');
    const { volumes } = deployment.spec.template.spec;
    const { secret } = volumes.find((volume: Manifest) => volume.name === 'store');
    expect(secret.items).toEqual([{ key: 'connection_string', path: 'connection_string' }]);
  });

  test('gets the events by an exchange of the user’s instead', () => {
    const environment = storeVariables(
      pick(rendered({ rabbitmq: { ...url, exchange: 'own' } }), 'Deployment'),
    );
    expect(environment.RABBITMQ_EXCHANGE).toBe('own');
    // If an exchange is set, the program rejects this variable.
    expect(environment).not.toHaveProperty('RABBITMQ_QUEUE');
  });
});

describe.each([
  ['Kafka', { kafka: { brokers: ['kafka+ssl://kafka:9093'] } }],
  ['RabbitMQ', { rabbitmq: url }],
  ['Redis', { redis: url }],
])('TLS to %s', (_, store: Values) => {
  const withTls = (tls: object) => {
    const deployment = pick(rendered(store, { store: { tls } }), 'Deployment');
    const files = Object.entries(environmentOf(deployment)).filter(([name]) => name.startsWith('STORE_TLS'));
    const volumes: Manifest[] = deployment.spec.template.spec.volumes;
    return { files: Object.fromEntries(files), volume: volumes.find(({ name }) => name === 'store-tls') };
  };
  const authority = { STORE_TLS_CA_FILE: '/etc/comapi-webhook/store-tls/ca.crt' };
  const client = (name: string) => ({
    STORE_TLS_CERT_FILE: `/etc/comapi-webhook/store-tls/${name}.crt`,
    STORE_TLS_KEY_FILE: `/etc/comapi-webhook/store-tls/${name}.key`,
  });

  test('trusts the public authorities, or that of a Secret', () => {
    expect(withTls({})).toEqual({ files: {}, volume: undefined });
    expect(withTls({ existingCaSecret: 'a' }).files).toEqual(authority);
  });

  test('has a client certificate from a Secret, whatever else is in there', () => {
    const { files, volume } = withTls({ existingSecret: 'user', certKey: 'user.crt' });
    expect(files).toEqual(client('user'));
    const [{ secret }] = volume.projected.sources;
    expect(secret.items.map(({ key }: Manifest) => key)).toEqual(['user.crt', 'user.key']);
  });

  test('has all three files from a vault', () => {
    const { files, volume } = withTls({ secretProviderClass: 'vault' });
    expect(files).toEqual({ ...authority, ...client('tls') });
    expect(volume.csi.volumeAttributes).toEqual({ secretProviderClass: 'vault' });
  });
});

test('events go to other topics, whatever the store calls a topic', () => {
  const rules = [{ events: 'message.*', topic: 'messages' }];
  for (const store of [{ rabbitmq: url }, { redis: url }]) {
    const manifests = rendered(store, { store: { topic: 'all', topicRules: rules } });
    const variables = storeVariables(pick(manifests, 'Deployment'));
    expect(Object.values(variables)).toContain('all');
    expect(variables.TOPIC_RULES).toBe('message.*=messages');
  }
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
    'a revision filter on RabbitMQ',
    only({ rabbitmq: url, revisionFilter: { enabled: true } }),
    /revisionFilter\.enabled is true but the store is RabbitMQ: the filter runs only on Kafka/,
  ],
  [
    'KafkaTopic objects for another store',
    only({ redis: url, topics: { strimzi: { cluster: 'c' } } }),
    /topics\.strimzi\.cluster is set but the store is Redis/,
  ],
  [
    'a setting of Kafka for another store',
    only({ rabbitmq: url, topics: { minInsyncReplicas: 2 } }),
    /topics\.minInsyncReplicas is set but the store is RabbitMQ: it applies only to Kafka/,
  ],
  [
    'TLS files from two places',
    { store: { tls: { existingCaSecret: 'a', secretProviderClass: 'c' } } },
    /store\.tls\.secretProviderClass is set together with existingSecret or existingCaSecret/,
  ],
]);
