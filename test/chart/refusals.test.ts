import { describe, expect, test } from 'vitest';
import { helmMajors } from './support/find-helm.ts';
import { minimalValues, refusal, type Values } from './support/render.ts';

const signing = { existingSecret: 'signing' };

/** Values on top of the least that works, and what the person who wrote them must be told. */
const refused: [what: string, values: Values, sentence: RegExp][] = [
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
    /webhooks\[1\]\.path is "\/webhook" like that of another/,
  ],
  [
    'two registrations with one name',
    {
      webhooks: [
        { ...signing, path: '/a' },
        { ...signing, path: '/b' },
      ],
    },
    /webhooks\[1\]\.name is "default" like that of another/,
  ],
  ['no broker', { kafka: { brokers: [] } }, /kafka\.brokers is empty: name at least one broker/],
  [
    'SASL without a Secret',
    { kafka: { sasl: { mechanism: 'plain' } } },
    /kafka\.sasl\.existingSecret is not/,
  ],
  [
    'SASL without TLS',
    { kafka: { sasl: { mechanism: 'scram-sha-512', existingSecret: 's' } } },
    /kafka\.tls\.enabled is false: the password, .* or kafka\.sasl\.allowPlaintext=true/,
  ],
  [
    'a SASL Secret without a mechanism',
    { kafka: { sasl: { existingSecret: 's' } } },
    /kafka\.sasl\.mechanism is not: set plain/,
  ],
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
    'a shutdown shorter than a request',
    { shutdown: { timeoutSeconds: 10 } },
    /shutdown\.timeoutSeconds is 10: it must be at least 11/,
  ],
  [
    'no time left to store',
    { config: { bodyTimeoutMs: 7500 } },
    /config\.bodyTimeoutMs is 7500: it must be 1000/,
  ],
  [
    'fewer bytes in flight than one body may have',
    { config: { maxInFlightBytes: 1048576 } },
    /maxInFlightBytes is less than config\.maxBodyBytes/,
  ],
  [
    'two ways to make topics',
    { topics: { create: true, strimzi: { enabled: true, cluster: 'c' } } },
    /choose one/,
  ],
  [
    'Strimzi topics without a cluster',
    { topics: { strimzi: { enabled: true } } },
    /topics\.strimzi\.cluster is missing/,
  ],
  ['more in-sync copies than copies', { topics: { replicationFactor: 1 } }, /nothing could ever be stored/],
  [
    'an Ingress without a host',
    { ingress: { enabled: true, tls: { secretName: 't' } } },
    /ingress\.host is missing/,
  ],
  [
    'an Ingress without a certificate',
    { ingress: { enabled: true, host: 'a.example' } },
    /ingress\.tls\.secretName is missing/,
  ],
  ['an HTTPRoute without a Gateway', { httpRoute: { enabled: true } }, /httpRoute\.parentRefs is empty/],
  [
    'a registration without credentials',
    { registration: { enabled: true }, publicUrl: 'https://a.example' },
    /registration\.existingSecret is missing/,
  ],
  [
    'a registration without a URL',
    { registration: { enabled: true, existingSecret: 's' } },
    /publicUrl is missing: set it for registration/,
  ],
  [
    'credentials in the public URL',
    { publicUrl: 'https://user:pw@a.example' },
    /'\/publicUrl'.*does not match/,
  ],
  [
    'fewer pods at most than at least',
    { autoscaling: { enabled: true, minReplicas: 9, maxReplicas: 3 } },
    /minReplicas is larger/,
  ],
  [
    'an autoscaler with nothing to scale by',
    { autoscaling: { enabled: true, targetCPUUtilizationPercentage: null } },
    /nothing to scale by/,
  ],
  [
    'both limits of a disruption budget',
    { podDisruptionBudget: { minAvailable: 1 } },
    /either minAvailable or maxUnavailable/,
  ],
  [
    'a ServiceMonitor whose Prometheus no policy lets in',
    { serviceMonitor: { enabled: true } },
    /metricsFrom is empty but serviceMonitor\.enabled is true: Prometheus could not scrape/,
  ],
  [
    'annotations for a Prometheus that no policy lets in',
    { scrapeAnnotations: true },
    /metricsFrom is empty but scrapeAnnotations is true: Prometheus could not scrape/,
  ],
  [
    'two ways to be scraped',
    { serviceMonitor: { enabled: true }, scrapeAnnotations: true },
    /serviceMonitor\.enabled and scrapeAnnotations are both true: choose one/,
  ],
  [
    'egress rules that restrict nothing',
    { networkPolicy: { kafkaTo: [{ ipBlock: { cidr: '10.0.0.0/8' } }] } },
    /networkPolicy\.restrictEgress is false: set it to true/,
  ],
  [
    'a policy that lets in an empty peer',
    { networkPolicy: { metricsFrom: [{}] } },
    /'\/networkPolicy\/metricsFrom\/0': minProperties/,
  ],
  ['an unknown key', { kafka: { broker: 'kafka:9092' } }, /'\/kafka'.*'broker' not allowed/],
  [
    'a secret in the values',
    { webhooks: [{ ...signing, secret: 'f946b0e7-5fe9-4f57' }] },
    /'\/webhooks\/0'.*'secret' not allowed/,
  ],
  [
    'a broker without a port',
    { kafka: { brokers: ['kafka'] } },
    /'\/kafka\/brokers\/0': 'kafka' does not match/,
  ],
  [
    'a budget over the provider’s patience',
    { config: { requestBudgetMs: 9900 } },
    /'\/config\/requestBudgetMs': maximum: got 9,900, want 9,500/,
  ],
  ['a number as text', { replicaCount: '2' }, /'\/replicaCount': got string, want integer/],
  ['a relative path', { webhooks: [{ ...signing, path: 'webhook' }] }, /'\/webhooks\/0\/path'/],
  ['a region that does not exist', { registration: { region: 'eu' } }, /'\/registration\/region'/],
];

describe.each(helmMajors)('Helm %i refuses', (major) => {
  test.each(refused)('%s', (_, values, sentence) => {
    expect(refusal(withMinimal(values), { major })).toMatch(sentence);
  });
});

test('everything that is wrong is said at once', () => {
  const said = refusal({ ingress: { enabled: true } });
  expect(said.match(/^ {2}- /gm)).toHaveLength(4);
});

function withMinimal(values: Values): Values {
  const kafka = { ...minimalValues.kafka, ...values.kafka };
  return { ...minimalValues, ...values, kafka };
}
