import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import {
  environmentOf,
  type Manifest,
  minimalValues,
  ofKind,
  pick,
  render,
  type Values,
} from './support/render.ts';

const manifests = render(allOptions);

describe('the public Service', () => {
  const services = ofKind(manifests, 'Service').filter((each) => each.spec.clusterIP !== 'None');

  test('has the public port only', () => {
    expect(services).toHaveLength(1);
    expect(services[0].spec.ports).toEqual([
      { name: 'http', port: 80, targetPort: 'http', appProtocol: 'http' },
    ]);
  });

  test('selects receivers, not the pods of filter, jobs or test', () => {
    const { selector } = services[0].spec;
    const matching = manifests
      .map(
        (manifest) =>
          manifest.spec?.template?.metadata.labels ?? (manifest.kind === 'Pod' && manifest.metadata.labels),
      )
      .filter((labels) => labels && Object.entries(selector).every(([key, value]) => labels[key] === value));
    expect(matching).toEqual([pick(manifests, 'Deployment', 'receiver').spec.template.metadata.labels]);
  });
});

test.each(['ClusterIP', 'NodePort', 'LoadBalancer'])(
  'a public Service of type %s leaves the management port to a headless one',
  (type) => {
    const services = ofKind(render({ ...minimalValues, service: { type } }), 'Service');
    expect(services.map(({ spec }) => [spec.type, spec.clusterIP, spec.ports[0].name])).toEqual([
      [undefined, 'None', 'management'],
      [type, undefined, 'http'],
    ]);
  },
);

describe('the Ingress', () => {
  const { spec } = pick(manifests, 'Ingress');

  test('serves TLS for the host', () => {
    expect(spec.tls).toEqual([{ secretName: 'events-tls', hosts: ['events.example.com'] }]);
    expect(spec.rules[0].host).toBe('events.example.com');
    expect(spec.ingressClassName).toBe('public');
  });

  test('routes the registered paths, exactly, and never the management port', () => {
    const { paths } = spec.rules[0].http;
    expect(paths.map((each: Manifest) => [each.pathType, each.path])).toEqual([
      ['Exact', '/webhooks/messages'],
      ['Exact', '/webhooks/chat'],
    ]);
    expect(new Set(paths.map((each: Manifest) => each.backend.service.port.name))).toEqual(new Set(['http']));
  });

  test('omits the class and TLS if the values say so', () => {
    const ingress = { enabled: true, host: 'a.example', tls: { enabled: false } };
    const plain = pick(render({ ...minimalValues, ingress }), 'Ingress').spec;
    expect(plain.ingressClassName).toBeUndefined();
    expect(plain.tls).toBeUndefined();
  });
});

describe('an Ingress with more hosts', () => {
  const host = 'a.example';
  const extraHosts = [{ host: 'b.example' }, { host: 'c.example', secretName: 'c-tls' }];
  const specOf = (tls: object) =>
    pick(render({ ...minimalValues, ingress: { enabled: true, host, extraHosts, tls } }), 'Ingress').spec;

  test('routes the same paths for each', () => {
    const { rules } = specOf({ secretName: 'a-tls' });
    expect(rules.map((rule: Manifest) => rule.host)).toEqual(['a.example', 'b.example', 'c.example']);
    expect(rules[1].http).toEqual(rules[0].http);
    expect(rules[2].http).toEqual(rules[0].http);
  });

  test('serves each with the certificate that is named for it, otherwise with the shared one', () => {
    expect(specOf({ secretName: 'a-tls' }).tls).toEqual([
      { secretName: 'a-tls', hosts: ['a.example', 'b.example'] },
      { secretName: 'c-tls', hosts: ['c.example'] },
    ]);
  });

  test('serves with the controller’s default certificate where none is named', () => {
    expect(specOf({}).tls).toEqual([
      { hosts: ['a.example', 'b.example'] },
      { secretName: 'c-tls', hosts: ['c.example'] },
    ]);
  });
});

describe('the HTTPRoute', () => {
  const { spec } = pick(manifests, 'HTTPRoute');

  test('attaches to the Gateway for the host', () => {
    expect(spec.parentRefs).toEqual([{ name: 'public', namespace: 'gateways', sectionName: 'https' }]);
    expect(spec.hostnames).toEqual(['events.example.com']);
  });

  test('routes the registered paths to the public Service', () => {
    expect(spec.rules[0].matches.map((match: Manifest) => match.path.value)).toEqual([
      '/webhooks/messages',
      '/webhooks/chat',
    ]);
    expect(spec.rules[0].backendRefs).toEqual([{ name: 'events-comapi-webhook-receiver', port: 80 }]);
  });
});

test('an HTTPRoute has the filters of the values', () => {
  const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['server'] } }];
  const httpRoute = { enabled: true, parentRefs: [{ name: 'g' }], filters };
  expect(pick(render({ ...minimalValues, httpRoute }), 'HTTPRoute').spec.rules).toMatchObject([{ filters }]);
});

test('an HTTPRoute has the time-outs of the values, and by default the Gateway’s', () => {
  const httpRoute = { enabled: true, parentRefs: [{ name: 'g' }] };
  const timeouts = { request: '15s', backendRequest: '12s' };
  const rulesOf = (more: object) =>
    pick(render({ ...minimalValues, httpRoute: { ...httpRoute, ...more } }), 'HTTPRoute').spec.rules;
  expect(rulesOf({ timeouts })).toMatchObject([{ timeouts }]);
  expect(rulesOf({})[0]).not.toHaveProperty('timeouts');
});

test('nothing is routed from outside by default', () => {
  const kinds = render(minimalValues).map((manifest) => manifest.kind);
  expect(kinds).not.toContain('Ingress');
  expect(kinds).not.toContain('HTTPRoute');
});

describe('the public URL', () => {
  const shown = (values: Values) =>
    environmentOf(pick(render({ ...minimalValues, ...values }), 'Deployment')).PUBLIC_URL;

  test('is that of the values, otherwise the host of the Ingress or the first HTTPRoute host that is one', () => {
    const ingress = { enabled: true, host: 'a.example', tls: { enabled: false } };
    const httpRoute = { enabled: true, parentRefs: [{ name: 'g' }], hostnames: ['*.example', 'b.example'] };
    expect(shown({})).toBeUndefined();
    expect(shown({ httpRoute })).toBe('https://b.example');
    expect(shown({ httpRoute, ingress })).toBe('https://a.example');
    expect(shown({ httpRoute, ingress, publicUrl: 'https://c.example/in/' })).toBe('https://c.example/in');
  });
});
