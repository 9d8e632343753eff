import { expect, test } from 'vitest';
import { describeRefusals, type Refusal } from './support/describe-refusals.ts';
import { refusal } from './support/render.ts';

const signing = { existingSecret: 'signing' };

const refused: Refusal[] = [
  ['no registration', { webhooks: [] }, /webhooks is empty: name the Secret/],
  [
    'a registration without a Secret',
    { webhooks: [{ path: '/a' }] },
    /webhooks\[0\]\.existingSecret is missing/,
  ],
  [
    'two registrations on one path',
    {
      webhooks: [
        { ...signing, name: 'a' },
        { ...signing, name: 'b' },
      ],
    },
    /webhooks\[1\]\.path is "\/webhook", the path of another registration/,
  ],
  [
    'two registrations with one name',
    {
      webhooks: [
        { ...signing, path: '/a' },
        { ...signing, path: '/b' },
      ],
    },
    /webhooks\[1\]\.name is "default", the name of another registration/,
  ],
  [
    'a public URL with the path of a registration',
    { publicUrl: 'https://a.example/webhook' },
    /publicUrl ends with \/webhook, the path of webhooks\[0\], so the path would appear twice/,
  ],
  ['two ways to make topics', { topics: { create: true, strimzi: { cluster: 'c' } } }, /choose one/],
  [
    'Strimzi topics without a cluster',
    { topics: { strimzi: { namespace: 'kafka' } } },
    /topics\.strimzi\.cluster is missing/,
  ],
  [
    'more in-sync copies than copies',
    { topics: { replicationFactor: 1, minInsyncReplicas: 2 } },
    /no record could ever be stored/,
  ],
  [
    'a number of in-sync copies in the wrong place',
    { topics: { settings: { 'latest:min.insync.replicas': 1 } } },
    /topics\.settings has latest:min\.insync\.replicas: set topics\.minInsyncReplicas/,
  ],
  [
    'compacted dead letters',
    { topics: { settings: { 'dead-letter:cleanup.policy': 'compact' } } },
    /topics\.settings has dead-letter:cleanup\.policy: remove it/,
  ],
  [
    'an Ingress without a host',
    { ingress: { enabled: true, tls: { secretName: 't' } } },
    /ingress\.host is missing/,
  ],
  [
    'an Ingress with a host twice',
    { ingress: { enabled: true, host: 'a.example', extraHosts: [{ host: 'a.example' }] } },
    /ingress\.extraHosts names a host twice/,
  ],
  [
    'a certificate of a host without TLS',
    {
      ingress: {
        enabled: true,
        host: 'a.example',
        extraHosts: [{ host: 'b.example', secretName: 's' }],
        tls: { enabled: false },
      },
    },
    /ingress\.extraHosts\[0\]\.secretName is set but ingress\.tls\.enabled is false/,
  ],
  ['an HTTPRoute without a Gateway', { httpRoute: { enabled: true } }, /httpRoute\.parentRefs is empty/],
  [
    'a registration without a URL',
    { registration: { enabled: true, existingSecret: 's' } },
    /publicUrl is missing: registration needs it/,
  ],
  [
    'fewer pods at most than at least',
    { autoscaling: { enabled: true, minReplicas: 9, maxReplicas: 3 } },
    /minReplicas is larger/,
  ],
  [
    'an autoscaler with nothing to scale by',
    { autoscaling: { enabled: true, targetCPUAverageValue: null } },
    /no metric to scale by/,
  ],
  [
    'a ServiceMonitor whose Prometheus no policy lets in',
    { monitor: { kind: 'ServiceMonitor' } },
    /metricsFrom is empty but monitor\.kind is ServiceMonitor: Prometheus could not scrape/,
  ],
  [
    'egress rules that restrict nothing',
    { networkPolicy: { storeTo: [{ ipBlock: { cidr: '10.0.0.0/8' } }] } },
    /networkPolicy\.restrictEgress is false: they would have no effect/,
  ],
  [
    'dead letters and events in one topic',
    { kafka: { deadLetterTopic: 'comapi.events' } },
    /store\.topic and kafka\.deadLetterTopic name the same topic: give each its own name/,
  ],
  [
    'events of a registration in the topic of dead letters',
    { webhooks: [{ ...signing, topic: 'comapi.events.dead-letter' }] },
    /webhooks\[0\]\.topic is "comapi\.events\.dead-letter", the topic of dead letters/,
  ],
  [
    'dead letters of a registration among events',
    { webhooks: [{ ...signing, deadLetterTopic: 'comapi.events' }] },
    /webhooks\[0\]: its dead letters would be in "comapi\.events", which is a topic of events/,
  ],
  [
    'an alert of silence without alerts',
    { webhooks: [{ ...signing, alertAfterSilentMinutes: 5 }] },
    /alertAfterSilentMinutes is set but prometheusRule\.enabled is false: no alert would fire/,
  ],
  [
    'an alert of silence that is skipped',
    {
      webhooks: [{ ...signing, alertAfterSilentMinutes: 5 }],
      prometheusRule: {
        enabled: true,
        selector: 'a="b"',
        alerts: { ComapiWebhookSilent: { enabled: false } },
      },
    },
    /alerts\.ComapiWebhookSilent\.enabled is false: choose one/,
  ],
  [
    'a signing secret from two places',
    { webhooks: [{ ...signing, secretProviderClass: 'c' }] },
    /webhooks\[0\]\.existingSecret and webhooks\[0\]\.secretProviderClass are both set/,
  ],
  [
    'an API user that nobody names',
    { reconcile: { enabled: true }, registration: { secretProviderClass: 'c' } },
    /env\.COMAPI_API_USERNAME is missing: registration\.secretProviderClass cannot provide a user name/,
  ],
  [
    'a certificate from cert-manager and from elsewhere',
    { tls: { secretProviderClass: 'c', issuerRef: { name: 'i' } } },
    /cert-manager writes into a Secret/,
  ],
  [
    'alerts on jobs that do not exist',
    { prometheusRule: { enabled: true } },
    /the alerts would select jobs that do not exist\. Set monitor\.kind to ServiceMonitor or PodMonitor/,
  ],
  [
    'egress that is restricted by no policy',
    { networkPolicy: { enabled: false, restrictEgress: true } },
    /restrictEgress is true but networkPolicy\.enabled is false/,
  ],
  ['a canary without a way', { canary: { enabled: true } }, /publicUrl is missing: canary needs it/],
  [
    'a comparison of unreadable values',
    { reconcile: { enabled: true }, rabbitmq: { existingSecret: 'url' }, kafka: { brokers: [] } },
    /reconcile\.enabled: the events in RabbitMQ's queues cannot be read/,
  ],
  [
    'a comparison without an API user',
    { reconcile: { enabled: true }, publicUrl: 'https://a.example' },
    /registration\.existingSecret is missing: reconcile needs the API user/,
  ],
  [
    'a secret in the values',
    { webhooks: [{ ...signing, secret: 'f946b0e7-5fe9-4f57' }] },
    /'\/webhooks\/0'.*'secret' not allowed/,
  ],
];

describeRefusals(refused);

test('everything that is wrong is said at once', () => {
  const said = refusal({ enabled: false, ingress: { enabled: true } });
  expect(said.match(/^ {2}- /gm)).toHaveLength(4);
});
