import { describe, expect, test } from 'vitest';
import { createExpectedTopics } from '../../src/stores/kafka/cluster/topics/expected-topics.ts';
import { planTopics } from '../../src/stores/kafka/cluster/topics/plan-topics.ts';
import { allOptions } from './support/all-options.ts';
import { type Manifest, minimalValues, ofKind, pick, podSpecsOf, render } from './support/render.ts';

const manifests = render(allOptions);

describe('the topics job', () => {
  test('learns the registrations’ own topics from a file that is there before it', () => {
    const map = ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name.endsWith('-topics'));
    const job = pick(manifests, 'Job', 'topics');
    expect(JSON.parse(map.data['webhooks.json'])[1]).toMatchObject({ topic: 'comapi.chat' });
    const weight = ({ metadata }: Manifest) => Number(metadata.annotations['helm.sh/hook-weight'] ?? 0);
    expect(weight(map)).toBeLessThan(weight(job));
    expect(map.metadata.annotations['helm.sh/hook']).toBe(job.metadata.annotations['helm.sh/hook']);
  });
});

describe('the topics job’s service account', () => {
  const accountOf = (serviceAccount: object) =>
    pick(render({ ...minimalValues, topics: { create: true }, serviceAccount }), 'Job').spec.template.spec
      .serviceAccountName;

  test('is none that the release makes, as it runs before', () => {
    expect(accountOf({})).toBeUndefined();
  });

  test('is that of the release where it was there before', () => {
    expect(accountOf({ create: false })).toBe('default');
    expect(accountOf({ create: false, name: 'events' })).toBe('events');
  });
});

const argsOf = (topics: object): string[] =>
  pick(render({ ...minimalValues, topics: { create: true, ...topics } }), 'Job').spec.template.spec
    .containers[0].args;

describe('the topics job’s command', () => {
  test('leaves the numbers of replicas to the number of brokers by default', () => {
    expect(argsOf({})).toEqual(['topics', '--partitions=12']);
  });

  test('takes every number and setting of the values, large ones whole', () => {
    const args = argsOf({
      partitions: 24,
      replicationFactor: 5,
      minInsyncReplicas: 3,
      settings: {
        'segment.bytes': 268435456,
        'events:retention.ms': 2592000000,
        'dead-letter:retention.ms': '-1',
        'latest:min.compaction.lag.ms': 60000,
      },
    });
    expect(new Set(args)).toEqual(
      new Set([
        'topics',
        '--partitions=24',
        '--replication-factor=5',
        '--min-insync-replicas=3',
        '--setting=segment.bytes=268435456',
        '--setting=events:retention.ms=2592000000',
        '--setting=dead-letter:retention.ms=-1',
        '--setting=latest:min.compaction.lag.ms=60000',
      ]),
    );
  });
});

describe('Strimzi’s topics', () => {
  test.each([
    [{}, {}],
    [{ 'retention.ms': -1, 'segment.ms': '3600000' }, {}],
    [
      { 'segment.bytes': 268435456, 'retention.ms': 3600000 },
      { 'retention.ms': '-1', 'max.message.bytes': 20971520 },
    ],
  ])('are those that the command would create, with %j', (settings, deadLetterSettings) => {
    const ofDeadLetters = Object.entries(deadLetterSettings).map(([name, value]) => [
      `dead-letter:${name}`,
      value,
    ]);
    const chosen = { ...settings, ...Object.fromEntries(ofDeadLetters) };
    const topics = { strimzi: { cluster: 'c' }, partitions: 5, settings: chosen };
    const rendered = render({
      ...minimalValues,
      revisionFilter: { enabled: true },
      env: { MAX_BODY_BYTES: 52428800 },
      topics,
    });
    const toChosen = (role: 'dead-letter' | undefined, values: object) =>
      Object.entries(values).map(([name, value]) => ({ role, name, value: String(value) }));
    const names = {
      events: 'comapi.events',
      deadLetter: 'comapi.events.dead-letter',
      latest: 'comapi.events.latest',
    };
    const plans = planTopics({
      expected: createExpectedTopics([names], 52428800),
      partitionCount: 5,
      brokerCount: 3,
      chosenSettings: [...toChosen(undefined, settings), ...toChosen('dead-letter', deadLetterSettings)],
    });
    const made = ofKind(rendered, 'KafkaTopic').map(({ spec }) => spec);
    expect(made).toHaveLength(3);
    for (const { topicName, partitions, replicas, config } of made) {
      const plan = plans.find(({ topic }) => topic === topicName);
      expect({ partitions, replicas, config }).toEqual({
        partitions: plan?.partitionCount,
        replicas: plan?.replicationFactor,
        config: plan?.settings,
      });
    }
  });
});

describe('the registration job', () => {
  const job = pick(manifests, 'Job', 'registration');
  const { containers, volumes } = job.spec.template.spec;

  test('runs after install, upgrade and rollback, once for each registration', () => {
    expect(job.metadata.annotations['helm.sh/hook']).toBe('post-install,post-upgrade,post-rollback');
    expect(containers.map(({ name }: Manifest) => name)).toEqual(['messages', 'chat']);
  });

  test('reads the name of the API user from its Secret, and the password from a file', () => {
    expect(containers[0].env).toEqual(
      expect.arrayContaining([
        {
          name: 'COMAPI_API_USERNAME',
          valueFrom: { secretKeyRef: { name: 'provider-api', key: 'username' } },
        },
        { name: 'COMAPI_API_PASSWORD_FILE', value: '/etc/comapi-webhook/api/password' },
      ]),
    );
    expect(volumes[0]).toMatchObject({ name: 'api', secret: { secretName: 'provider-api' } });
  });

  test('may run for as long as it waits, and some more', () => {
    const deadline = (waitForReceiver: string) => {
      const registration = { enabled: true, existingSecret: 'api', waitForReceiver };
      return pick(render({ ...minimalValues, registration, publicUrl: 'https://a.example' }), 'Job').spec
        .activeDeadlineSeconds;
    };
    expect(['', '90s', '10m'].map(deadline)).toEqual([180, 270, 780]);
  });

  test('has a counterpart before the release is uninstalled, if that is enabled', () => {
    const removal = pick(manifests, 'Job', 'registration-removal');
    expect(removal.metadata.annotations['helm.sh/hook']).toBe('pre-delete');
    const { spec } = removal.spec.template;
    expect(spec.containers.map(({ args }: Manifest) => args)).toEqual([
      ['register', '--webhook=messages', '--delete', '--yes'],
      ['register', '--webhook=chat', '--delete', '--yes'],
    ]);
    // Deleting a registration does not require the signing secret.
    expect(spec.volumes.map(({ name }: Manifest) => name)).toEqual(['api', 'authorities']);
    const registration = { enabled: true, existingSecret: 'api' };
    expect(
      ofKind(render({ ...minimalValues, registration, publicUrl: 'https://a.example' }), 'Job'),
    ).toHaveLength(1);
  });

  test('uses the key that the registration names', () => {
    const webhooks = [{ existingSecret: 'signing', secretKey: 'next' }];
    const registration = { enabled: true, existingSecret: 'api' };
    const values = { ...minimalValues, webhooks, registration, publicUrl: 'https://a.example/' };
    const { args } = pick(render(values), 'Job').spec.template.spec.containers[0];
    expect(args).toContain('--secret-file=/etc/comapi-webhook/webhooks/default/next');
    expect(args).toContain('--url=https://a.example/webhook');
  });
});

// Exit code 2 means wrong usage, but it can also mean that a store or the provider is not available yet.
test.each([
  ['topics', 1],
  ['registration', 3],
])('the %s job is retried, whatever its exit code', (job, retries) => {
  const { backoffLimit, podFailurePolicy } = pick(manifests, 'Job', job).spec;
  expect(backoffLimit).toBe(retries);
  expect(podFailurePolicy).toBeUndefined();
});

test('the topics job ends before the default timeout of Helm, whose error would not name the job’s problem', () => {
  const helmTimeoutSeconds = 300;
  expect(pick(manifests, 'Job', 'topics').spec.activeDeadlineSeconds).toBeLessThan(helmTimeoutSeconds);
});

describe('under a quota on limits.cpu', () => {
  const resources = { limits: { cpu: '1' } };
  const jobs = { resources: { requests: { cpu: '10m' }, limits: { cpu: '1' } } };
  const limited = render({ ...allOptions, resources, jobs });

  test('every pod of the release can have a limit of its own', () => {
    const cpus = podSpecsOf(limited).map(({ containers }) => containers[0].resources.limits.cpu);
    // The receiver, two filters, and the jobs for topics, registration, its deletion, canary, reconcile and helm test.
    expect(cpus).toEqual(Array.from({ length: 9 }, () => '1'));
  });
});

test('helm test leaves a pod that failed, whose log is shown, and none that succeeded', () => {
  expect(pick(manifests, 'Pod').metadata.annotations).toMatchObject({
    'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    'helm.sh/hook-output-log-policy': 'hook-failed',
  });
});

test('helm test posts to each registration through the Service, and its pod is no receiver', () => {
  const { metadata, spec } = pick(manifests, 'Pod');
  expect(metadata.annotations['helm.sh/hook']).toBe('test');
  expect(metadata.labels['app.kubernetes.io/component']).toBe('test');
  expect(spec.containers.map(({ args }: Manifest) => args[1])).toEqual([
    '--url=http://events-comapi-webhook-receiver.messaging.svc:80/webhooks/messages',
    '--url=http://events-comapi-webhook-receiver.messaging.svc:80/webhooks/chat',
  ]);
});
