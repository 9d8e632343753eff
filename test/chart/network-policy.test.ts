import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { type Manifest, minimalValues, notes, ofKind, pick, render, type Values } from './support/render.ts';

const everyPod = [{ namespaceSelector: {} }];

describe('the NetworkPolicy by default', () => {
  const policies = ofKind(render({ ...minimalValues, revisionFilter: { enabled: true } }), 'NetworkPolicy');
  const [receiver, filter] = policies.map((policy) => policy.spec);

  test('lets everyone into the public port of the receiver, and nobody into the management port', () => {
    expect(receiver.ingress).toEqual([{ ports: [{ port: 'http' }] }]);
    expect(filter.ingress).toBeUndefined();
  });

  test('does not restrict where the pods connect to', () => {
    expect(policies.map(({ spec }) => spec.policyTypes)).toEqual([['Ingress'], ['Ingress']]);
    expect(receiver.egress ?? filter.egress).toBeUndefined();
  });

  test('is not there when it is switched off, and scraping needs no name then', () => {
    const manifests = render({
      ...minimalValues,
      networkPolicy: { enabled: false },
      monitor: { kind: 'ServiceMonitor' },
    });
    expect(ofKind(manifests, 'NetworkPolicy')).toEqual([]);
    expect(ofKind(manifests, 'ServiceMonitor')).toHaveLength(1);
  });
});

describe('the NetworkPolicy with every option', () => {
  const manifests = render(allOptions);
  const rules = (component: string) => pick(manifests, 'NetworkPolicy', component).spec;
  const portsOf = (rule: Manifest[]) => rule.flatMap(({ ports }) => ports.map((each: Manifest) => each.port));

  test('of the receiver lets in the ingress controller and Prometheus, each to its port', () => {
    const [open, management] = rules('receiver').ingress;
    expect(open.ports).toEqual([{ port: 'http' }]);
    expect(open.from[0].namespaceSelector.matchLabels).toEqual({ 'kubernetes.io/metadata.name': 'ingress' });
    expect(open.from[1].podSelector.matchLabels['app.kubernetes.io/component']).toBe('test');
    expect(management.ports).toEqual([{ port: 'management' }]);
    expect(management.from[0].namespaceSelector.matchLabels).toEqual({
      'kubernetes.io/metadata.name': 'monitoring',
    });
  });

  test('lets out what each needs and nothing else', () => {
    expect(portsOf(rules('receiver').egress)).toEqual([53, 53, 9093, 9094]);
    expect(portsOf(rules('filter').egress)).toEqual([53, 53, 9093, 9094]);
    expect(portsOf(rules('topics').egress)).toEqual([53, 53, 9093, 9094]);
    expect(portsOf(rules('registration').egress)).toEqual([53, 53, 443]);
    expect(portsOf(rules('registration-removal').egress)).toEqual([53, 53, 443]);
    expect(portsOf(rules('canary').egress)).toEqual([53, 53, 443]);
    expect(portsOf(rules('reconcile').egress)).toEqual([53, 53, 443, 9093, 9094]);
  });

  test('lets nobody into the jobs, and only Prometheus into the filter', () => {
    expect(rules('topics').ingress).toBeUndefined();
    expect(rules('registration').ingress).toBeUndefined();
    expect(rules('filter').ingress.map((rule: Manifest) => rule.ports)).toEqual([[{ port: 'management' }]]);
  });
});

test.each(['Deployment', 'Job', 'CronJob', 'Pod'])(
  'each policy selects one workload, and no %s is left without where egress is restricted',
  (kind) => {
    const manifests = render(allOptions);
    const selectors = ofKind(manifests, 'NetworkPolicy').map(({ spec }) => spec.podSelector.matchLabels);
    for (const manifest of ofKind(manifests, kind)) {
      const template = manifest.spec.jobTemplate?.spec.template ?? manifest.spec.template;
      const { labels } = kind === 'Pod' ? manifest.metadata : template.metadata;
      const selecting = selectors.filter((selector) =>
        Object.entries(selector).every(([key, value]) => labels[key] === value),
      );
      // The pod of `helm test` connects only to the receiver.
      expect(selecting).toHaveLength(kind === 'Pod' ? 0 : 1);
    }
  },
);

describe('a Prometheus that was asked to scrape', () => {
  test.each(['ServiceMonitor', 'annotations'])(
    'by %s is let into every component once it is named',
    (kind) => {
      const manifests = render({
        ...minimalValues,
        monitor: { kind },
        revisionFilter: { enabled: true },
        networkPolicy: { metricsFrom: everyPod },
      });
      for (const component of ['receiver', 'filter']) {
        const { ingress } = pick(manifests, 'NetworkPolicy', component).spec;
        expect(ingress).toContainEqual({ ports: [{ port: 'management' }], from: everyPod });
      }
    },
  );

  test('by annotations finds them on the pods; nobody does by default', () => {
    const annotationsOf = (values: Values) =>
      pick(render({ ...minimalValues, ...values }), 'Deployment').spec.template.metadata.annotations;
    expect(
      annotationsOf({ monitor: { kind: 'annotations' }, networkPolicy: { metricsFrom: everyPod } }),
    ).toMatchObject({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '9090',
    });
    expect(annotationsOf({})).not.toHaveProperty('prometheus.io/scrape');
  });
});

describe('the notes after the installation say', () => {
  test('that everyone is let in, that nothing scrapes, and which values change it', () => {
    const said = notes(minimalValues);
    expect(said).toMatch(/public port +everyone.* networkPolicy\.ingressFrom/);
    expect(said).toMatch(/management port +nobody, so nothing scrapes.* networkPolicy\.metricsFrom/);
    expect(said).toMatch(/probes +always/);
    expect(said).toMatch(/connections of the pods are not restricted.* networkPolicy\.restrictEgress/);
  });
});
