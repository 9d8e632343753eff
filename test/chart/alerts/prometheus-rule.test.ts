import { expect, test } from 'vitest';
import { readAlertDefaults } from '../../../charts/generate/alert-defaults.ts';
import { allOptions } from '../support/all-options.ts';
import { type Manifest, minimalValues, pick, refusal, render, type Values } from '../support/render.ts';

const own =
  'job=~"events-comapi-webhook-receiver-(receiver|filter|filter-messages)-metrics",namespace="messaging"';
/** Matchers that select the series of kube-state-metrics. */
const ownJob =
  /namespace="messaging",(cronjob="|job_name=~")events-comapi-webhook-receiver-(reconcile|canary)/;
const defaults = readAlertDefaults();
const names = Object.keys(defaults);

/**
 * Renders the rules of a release with these values of `prometheusRule`. The values in `more` are set next to
 * `prometheusRule`.
 */
function rulesOf(prometheusRule: Values, more: Values = {}): Manifest[] {
  const values = {
    ...minimalValues,
    revisionFilter: { enabled: true },
    publicUrl: 'https://events.example.com',
    canary: { enabled: true },
    registration: { existingSecret: 'provider-api' },
    reconcile: { enabled: true },
    spool: { enabled: true },
    ...more,
    prometheusRule: { enabled: true, selector: 'job="receivers"', ...prometheusRule },
  };
  return pick(render(values), 'PrometheusRule').spec.groups.flatMap((group: Manifest) => group.rules);
}

const alertsOf = (rules: readonly Manifest[]): string[] =>
  rules.flatMap(({ alert }) => (alert === undefined ? [] : [alert]));
const find = (rules: readonly Manifest[], alert: string): Manifest =>
  rules.find((rule) => rule.alert === alert);

test('it selects every metric, recorded ones as well, by the release or by the given matchers', () => {
  for (const matcher of [own, 'job="receivers"']) {
    const rules =
      matcher === own
        ? pick(render(allOptions), 'PrometheusRule').spec.groups.flatMap((group: Manifest) => group.rules)
        : rulesOf({});
    for (const { alert, record, expr } of rules) {
      const selectors: string[] =
        expr.match(
          /\b(?:((?:job|pod):)?(?:comapi_webhook|kube)_[a-z_:0-9]+[a-z0-9]|process_[a-z_]+[a-z]|up(?=\{))(\{[^}]*\})?/g,
        ) ?? [];
      const bare = selectors.filter((each) =>
        each.startsWith('kube_') ? !ownJob.test(each) : !each.includes(matcher),
      );
      expect({ rule: alert ?? record, bare }).toEqual({ rule: alert ?? record, bare: [] });
    }
  }
});

test('alerts carry labels for routing, their severity, and no link that leads nowhere', () => {
  const rules = rulesOf({ alertLabels: { team: 'messaging' } }).filter(({ alert }) => alert);
  for (const { labels, annotations } of rules) {
    expect(labels).toMatchObject({
      team: 'messaging',
      severity: expect.stringMatching(/^(critical|warning|info)$/),
    });
    expect(annotations.runbook_url).toBeUndefined();
  }
});

test.each(['https://git.example.com/docs', 'https://git.example.com/docs/'])(
  'with the address %s alerts link to their runbook there',
  (runbookBaseUrl) => {
    for (const { annotations } of rulesOf({ runbookBaseUrl }).filter(({ alert }) => alert)) {
      expect(annotations.runbook_url).toMatch(/^https:\/\/git\.example\.com\/docs\/[a-z-]+\.md$/);
    }
  },
);

test('each alert can be disabled by its name', () => {
  const present = alertsOf(rulesOf({ alerts: { ComapiWebhookAbsent: { enabled: false } } }));
  const all = names.filter((name) => name !== 'ComapiWebhookSilent');
  expect(new Set(present)).toEqual(new Set(all.filter((name) => name !== 'ComapiWebhookAbsent')));
});

test('a threshold that is given stands over its default, also one of 0, and the others stay', () => {
  const { expr } = find(
    rulesOf({ alerts: { ComapiWebhookSlowAnswers: { seconds: 3 } } }),
    'ComapiWebhookSlowAnswers',
  );
  expect(expr).toContain('> 3\n');
  expect(expr).toContain(`>= ${defaults.ComapiWebhookSlowAnswers?.minAnswers}`);
  const none = find(rulesOf({ alerts: { ComapiWebhookRecordLost: { lost: 0 } } }), 'ComapiWebhookRecordLost');
  expect(none.expr).toMatch(/> 0$/m);
});

test.each([
  [{ ComapiWebhookAbsnt: { enabled: false } }, /ComapiWebhookAbsnt/],
  [{ ComapiWebhookSlowAnswers: { minDeliveries: 3 } }, /ComapiWebhookSlowAnswers.*minDeliveries/s],
  [{ ComapiWebhookSlowAnswers: { for: 'soon' } }, /ComapiWebhookSlowAnswers.*for/s],
])('an alert or a field of it that does not exist is refused: %j', (alerts, said) => {
  const prometheusRule = { enabled: true, selector: 'a="b"', alerts };
  expect(refusal({ ...minimalValues, prometheusRule })).toMatch(said);
});

test('every value of every alert changes that alert', () => {
  const others = Object.entries(defaults).map(([name, values], index) => ({
    name,
    values: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, toOther(key, value, index)]),
    ),
  }));
  const alerts = Object.fromEntries(others.map(({ name, values }) => [name, values]));
  const rules = rulesOf({ alerts }, { webhooks: [{ existingSecret: 's', alertAfterSilentMinutes: 5 }] });
  for (const { name, values } of others) {
    const { for: duration, labels, expr } = find(rules, name);
    const { severity, for: expectedDuration, ...parameters } = values;
    expect({ name, duration, severity: labels.severity }).toEqual({
      name,
      duration: expectedDuration,
      severity,
    });
    for (const parameter of Object.values(parameters)) {
      expect(expr, name).toContain(String(parameter));
    }
  }
});

test('the objective and the labels that tell clusters apart are values', () => {
  const rules = rulesOf({ objective: 0.99, groupLabels: ['region', 'cluster'] });
  expect(find(rules, 'ComapiWebhookErrorBudgetBurn').expr).toContain('14.4 * (1 - 0.99)');
  expect(find(rules, 'ComapiWebhookNoneReady').expr).toContain('by (region, cluster, namespace, job)');
});

test('silence is an alert of its own for each registration that asks for it', () => {
  const webhooks = [
    { name: 'a', path: '/a', existingSecret: 's', alertAfterSilentMinutes: 30 },
    { name: 'b', path: '/b', existingSecret: 's' },
    { name: 'c', path: '/c', existingSecret: 's', alertAfterSilentMinutes: 600 },
  ];
  const silent = rulesOf({}, { webhooks }).filter(({ alert }) => alert === 'ComapiWebhookSilent');
  expect(silent.map(({ labels }) => labels.webhook)).toEqual(['a', 'c']);
  expect(silent[0].expr).toContain('> 30 * 60');
  expect(silent[1].expr).toContain('> 600 * 60');
});

test.each([
  ['Filter', { revisionFilter: { enabled: false } }],
  ['Canary', { canary: { enabled: false } }],
  ['Reconcile', { reconcile: { enabled: false } }],
  ['Spool', { spool: { enabled: false } }],
])('there is no alert of the %s without one', (part, more) => {
  const alerts = alertsOf(rulesOf({}, more));
  expect(alerts.filter((name) => name.includes(part))).toEqual([]);
  expect(alerts).toContain('ComapiWebhookNoneReady');
});

/** Returns a value that differs from the default value, and from the values that the test sets for all other alerts. */
function toOther(key: string, value: unknown, index: number): unknown {
  if (typeof value === 'string') {
    return key === 'severity' ? `severity-${index}` : `${100 + index}m`;
  }
  return /share/i.test(key) ? Number(`0.77${100 + index}`) : 77_100 + index;
}

test('single alerts have labels of their own, which win over those of all', () => {
  const rules = rulesOf({
    alertLabels: { team: 'messaging', page: 'no' },
    alerts: { ComapiWebhookTopicWeak: { labels: { team: 'kafka' } } },
  });
  expect(find(rules, 'ComapiWebhookTopicWeak').labels).toEqual({
    team: 'kafka',
    page: 'no',
    severity: 'warning',
  });
  expect(find(rules, 'ComapiWebhookNearLimit').labels).toMatchObject({ team: 'messaging' });
});
