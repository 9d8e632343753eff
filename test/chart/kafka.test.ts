import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { environmentOf, type Manifest, minimalValues, ofKind, pick, render } from './support/render.ts';

describe('the connection to Kafka', () => {
  test('is plain by default', () => {
    const environment = environmentOf(pick(render(minimalValues), 'Deployment'));
    expect(environment).toMatchObject({
      KAFKA_BROKERS: 'kafka:9092',
      KAFKA_TOPIC: 'comapi.events',
      KAFKA_DEAD_LETTER_TOPIC: 'comapi.events.dead-letter',
      KAFKA_LATEST_TOPIC: 'comapi.events.latest',
      KAFKA_COMPRESSION: 'none',
    });
    expect(Object.keys(environment).filter((name) => /TLS|SASL/.test(name))).toEqual([]);
  });

  test.each(['receiver', 'filter'])(
    'of the %s finds each credential file in a mounted Secret',
    (component) => {
      const deployment = pick(render(allOptions), 'Deployment', component);
      const files = Object.entries(environmentOf(deployment)).filter(([name]) =>
        /^KAFKA_.*_FILE$/.test(name),
      );
      expect(Object.fromEntries(files)).toEqual({
        KAFKA_TLS_CA_FILE: '/etc/comapi-webhook/kafka-tls/ca.crt',
        KAFKA_TLS_CERT_FILE: '/etc/comapi-webhook/kafka-tls/tls.crt',
        KAFKA_TLS_KEY_FILE: '/etc/comapi-webhook/kafka-tls/tls.key',
        KAFKA_SASL_PASSWORD_FILE: '/etc/comapi-webhook/kafka-sasl/password',
      });
      const { spec } = deployment.spec.template;
      for (const [volume, secretName] of [
        ['kafka-tls', 'kafka-tls'],
        ['kafka-sasl', 'kafka-user'],
      ] as const) {
        const mount = spec.containers[0].volumeMounts.find((each: Manifest) => each.name === volume);
        expect(mount.mountPath).toBe(`/etc/comapi-webhook/${volume}`);
        const { secret } = spec.volumes.find((each: Manifest) => each.name === volume);
        expect(secret.secretName).toBe(secretName);
      }
    },
  );

  test('takes the user name from the Secret, or from the values', () => {
    const user = (sasl: object) => {
      const kafka = {
        brokers: ['kafka:9092'],
        tls: { enabled: true },
        sasl: { mechanism: 'plain', existingSecret: 'user', ...sasl },
      };
      const [container] = pick(render({ ...minimalValues, kafka }), 'Deployment').spec.template.spec
        .containers;
      return container.env.find((variable: Manifest) => variable.name === 'KAFKA_SASL_USERNAME');
    };
    expect(user({}).valueFrom).toEqual({ secretKeyRef: { name: 'user', key: 'username' } });
    expect(user({ username: 'comapi' }).value).toBe('comapi');
  });

  test('logs in without TLS only when it is asked for', () => {
    const sasl = { mechanism: 'plain', existingSecret: 'user', allowPlaintext: true };
    const kafka = { brokers: ['kafka:9092'], sasl };
    expect(environmentOf(pick(render({ ...minimalValues, kafka }), 'Deployment'))).toMatchObject({
      KAFKA_SASL_ALLOW_PLAINTEXT: 'true',
    });
    expect(environmentOf(pick(render(allOptions), 'Deployment', 'receiver'))).not.toHaveProperty(
      'KAFKA_SASL_ALLOW_PLAINTEXT',
    );
  });
});

describe('topics', () => {
  test('are nobody’s business by default', () => {
    const kinds = render(minimalValues).map((manifest) => manifest.kind);
    expect(kinds).not.toContain('Job');
    expect(kinds).not.toContain('KafkaTopic');
  });

  test('are created by a hook that runs before anything else, without what does not exist yet', () => {
    const job = pick(render(allOptions), 'Job', 'topics');
    expect(job.metadata.annotations['helm.sh/hook']).toBe('pre-install,pre-upgrade');
    expect(job.spec.template.spec.serviceAccountName).toBeUndefined();
    expect(job.spec.template.spec.containers[0].args[0]).toBe('topics');
  });

  test('are Strimzi objects that outlive the release', () => {
    const manifests = render({
      ...minimalValues,
      webhooks: [{ existingSecret: 'signing', topic: 'Chat_Events' }],
      revisionFilter: { enabled: true },
      topics: { strimzi: { enabled: true, cluster: 'events', namespace: 'kafka' }, partitions: 24 },
    });
    const topics = ofKind(manifests, 'KafkaTopic');
    expect(new Set(topics.map(({ spec }) => spec.topicName))).toEqual(
      new Set(['Chat_Events', 'comapi.events', 'comapi.events.dead-letter', 'comapi.events.latest']),
    );
    for (const topic of topics) {
      expect(topic.metadata.name).toMatch(/^[a-z0-9.-]+$/);
      expect(topic.metadata.labels['strimzi.io/cluster']).toBe('events');
      expect(topic.metadata.annotations['helm.sh/resource-policy']).toBe('keep');
      const { topicName, partitions, config } = topic.spec;
      expect(partitions).toBe(topicName === 'comapi.events.dead-letter' ? 3 : 24);
      expect(config['cleanup.policy']).toBe(topicName === 'comapi.events.latest' ? 'compact' : 'delete');
    }
  });
});
