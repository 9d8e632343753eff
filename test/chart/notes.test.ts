import { describe, expect, test } from 'vitest';
import { minimalValues, notes, type Values } from './support/render.ts';

const ingress = { enabled: true, host: 'a.example', tls: { secretName: 't' } };
const linesOf = (values: Values) =>
  notes({ ...minimalValues, ...values })
    .split('\n')
    .flatMap((line) => (line.startsWith('  - ') ? [line.slice(4)] : []));
const selector = 'a="b"';

/** Complete values, for which the chart's notes contain no hint. */
const complete: Values = {
  publicUrl: 'https://a.example:8443',
  canary: { enabled: true },
  topics: { create: true },
  ingress,
  monitor: { kind: 'PodMonitor' },
  networkPolicy: { metricsFrom: [{ namespaceSelector: {} }] },
  prometheusRule: { enabled: true, runbookBaseUrl: 'https://a.example' },
};

describe('the notes say what is missing', () => {
  const missing: [what: string, values: Values, line: RegExp][] = [
    ['topics', {}, /^topics: .*Until comapi\.events, comapi\.events\.dead-letter exist, pods are not ready/],
    ['receivers', { replicaCount: 0 }, /^receivers: there are none/],
    [
      'a second receiver',
      { replicaCount: 1 },
      /^receivers: there is only one.* Set replicaCount to 2 or more\.$/,
    ],
    [
      'partitions for all filters',
      {
        topics: { create: true, partitions: 2 },
        revisionFilter: { enabled: true, replicaCount: 3 },
      },
      /^filter: 3 pods share 2 partitions, so 1 of them stay idle/,
    ],
    [
      'the way between two hosts',
      { publicUrl: 'https://b.example:8443', ingress },
      /^public URL: it names b\.example:8443, but the Ingress serves a\.example/,
    ],
    [
      'a certificate',
      { ingress: { enabled: true, host: 'a.example' } },
      /^TLS: the Ingress names no Secret, so the controller serves its default certificate/,
    ],
    ['TLS on the way', { publicUrl: 'http://a.example' }, /^TLS: the public URL is http:/],
    [
      'TLS to the receivers',
      { tls: { existingSecret: 't' }, ingress },
      /^TLS: .* Configure the ingress controller for it/,
    ],
    [
      'the end of a registration',
      { registration: { enabled: true, existingSecret: 's' }, ingress },
      /^registration: it remains when the release is uninstalled/,
    ],
    ['a test of the public URL', { ingress }, /^canary: nothing tests the public URL/],
    ['a scrape', {}, /^metrics: nothing scrapes them/],
    ['alerts', {}, /^alerts: there are none/],
    ['links', { prometheusRule: { enabled: true, selector } }, /^runbooks: .* do not link to it/],
  ];

  test.each(missing)('%s', (_, values, line) => {
    expect(linesOf(values)).toContainEqual(expect.stringMatching(line));
    expect(notes({ ...minimalValues, ...complete })).not.toMatch(line);
  });

  test('and nothing of a public URL that a further host of the Ingress serves', () => {
    const publicUrl = 'https://b.example';
    const values = { ...complete, publicUrl, ingress: { ...ingress, extraHosts: [{ host: 'b.example' }] } };
    expect(notes({ ...minimalValues, ...values })).not.toContain('Missing or unusual');
  });

  test('and nothing where nothing is', () => {
    expect(notes({ ...minimalValues, ...complete })).not.toContain('Missing or unusual');
  });
});

describe('the first line of the notes says', () => {
  test.each([
    ['that nothing routes from outside', {}, 'The chart knows no route from outside to the receiver'],
    ['that the registration is to be made', { ingress }, 'These URLs are not registered at the provider yet'],
    [
      'that it was made',
      { ingress, registration: { enabled: true, existingSecret: 's' }, env: { COMAPI_API_REGION: 'r3' } },
      'The registration job has registered these URLs at the provider (region r3)',
    ],
  ])('%s', (_, values, sentence) => {
    expect(notes({ ...minimalValues, ...values })).toContain(`NOTES:\n${sentence}`);
  });
});

test('the notes say how to send a canary now, where there is one', () => {
  const said = notes({ ...minimalValues, ...complete });
  const name = 'events-comapi-webhook-receiver-canary';
  expect(said).toContain(`create job "$job" --from=cronjob/${name}\n`);
  expect(notes(minimalValues)).not.toContain('cronjob');
});
