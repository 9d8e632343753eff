import type { RowSpec } from './panel-spec.ts';
import { limits, rateBy } from './panel-spec.ts';
import { eventsWithoutOutcome, unavailableSeconds } from './receiver-now.ts';

const lastAccepted =
  'webhook:comapi_webhook_last_accepted:timestamp_seconds{cluster=~"$cluster",namespace=~"$namespace",job=~"$job"}';

export const trust: RowSpec = {
  title: 'Ledger, silence, secrets, horizon',
  panels: [
    {
      title: 'Events without an outcome',
      description:
        'Events that were received and have no outcome yet: those of deliveries under way, and what is beyond 500 for each of these. A red line above 0 that stays is a loss.',
      unit: 'none',
      kind: 'timeseries',
      runbook: 'ledger-unbalanced.md',
      colors: { 'under way': 'blue', 'without outcome': 'red' },
      queries: [
        {
          legend: 'under way',
          expr: 'sum(comapi_webhook_events_received_total{SELECTOR}) - sum(comapi_webhook_events_total{SELECTOR})',
        },
        { legend: 'without outcome', expr: eventsWithoutOutcome },
      ],
    },
    {
      title: 'Acknowledged records, read back',
      description:
        'About one record a second is read again from the store. same: it is there. missing, different: it is lost. removed: gone as it should be. unread: the store could not say.',
      unit: 'recps',
      kind: 'timeseries',
      stacked: true,
      runbook: 'record-lost.md',
      colors: {
        same: 'green',
        removed: 'blue',
        unread: 'yellow',
        missing: 'red',
        different: 'dark-red',
      },
      queries: [rateBy('outcome', 'comapi_webhook_read_back_records_total')],
    },
    {
      title: 'Secrets in use',
      description:
        'Deliveries by the secret that verified them. A rotation is done when the old one has been at 0 for a day.',
      unit: 'reqps',
      kind: 'timeseries',
      runbook: 'old-secret-unused.md',
      queries: [
        {
          legend: '{{webhook}} {{secret}}',
          expr: 'sum by (webhook, secret) (rate(comapi_webhook_signature_verifications_total{SELECTOR,result="ok"}[$__rate_interval]))',
        },
      ],
    },
    {
      title: 'Signatures with a mistake',
      description:
        'Refused deliveries whose sender has a secret of this receiver, by the mistake that was found in those that were examined. No stranger can make one.',
      unit: 'reqps',
      kind: 'timeseries',
      runbook: 'signature-failures.md',
      queries: [
        {
          legend: '{{webhook}} {{cause}}',
          expr: 'sum by (webhook, cause) (rate(comapi_webhook_signature_failures_total{SELECTOR,cause=~"(secret|body)_.+"}[$__rate_interval])) > 0',
        },
      ],
    },
    {
      title: 'Old deliveries',
      description:
        'Accepted deliveries whose first event is older than two days. The provider repeats for one day: many are recorded ones that somebody sends again.',
      unit: 'reqps',
      kind: 'timeseries',
      runbook: 'signature-failures.md',
      queries: [
        {
          legend: '{{webhook}}',
          expr: 'sum by (webhook) (rate(comapi_webhook_event_age_seconds_count{SELECTOR}[$__rate_interval])) - sum by (webhook) (rate(comapi_webhook_event_age_seconds_bucket{SELECTOR,le=~"172800(.0)?"}[$__rate_interval]))',
        },
      ],
    },
    {
      title: 'Last accepted, by registration',
      description:
        'How long ago a delivery of the provider was answered 2xx. With the rules of the alerts pods that are gone count too.',
      unit: 's',
      kind: 'timeseries',
      runbook: 'silence.md',
      queries: [
        {
          legend: '{{webhook}}',
          expr: `time() - (max by (webhook) (${lastAccepted} or comapi_webhook_last_accepted_timestamp_seconds{SELECTOR}) > 0)`,
        },
      ],
    },
    {
      title: 'Events of this product',
      description:
        'Accepted and refused deliveries that this product has sent by itself: tests, by hand or by the canary. No other panel but those of the ledger has them.',
      unit: 'reqps',
      kind: 'timeseries',
      runbook: 'canary-missing.md',
      queries: [
        {
          legend: '{{event}} {{reason}}',
          expr: 'sum by (event, reason) (rate(comapi_webhook_own_deliveries_total{SELECTOR}[$__rate_interval]))',
        },
      ],
    },
    {
      title: 'Secrets that can be used',
      description: 'Each file that was found. One that cannot be used is empty, too short or not readable.',
      unit: 'none',
      kind: 'state-timeline',
      runbook: 'secret-unusable.md',
      states: [
        { value: 0, text: 'unusable', color: 'red' },
        { value: 1, text: 'usable', color: 'green' },
      ],
      queries: [
        {
          legend: '{{webhook}} {{secret}}',
          expr: 'min by (webhook, secret) (comapi_webhook_secret_usable{SELECTOR})',
        },
      ],
    },
    {
      title: 'Time in which nothing could be stored',
      description:
        'How long no receiver has been able to store, ready or not. Lines at 2 h, where an alert pages, and at 24 h, where the provider drops the first events.',
      unit: 's',
      kind: 'timeseries',
      thresholds: limits([7_200, 'red'], [86_400, 'dark-red']),
      colors: { unavailable: 'orange' },
      runbook: 'not-ready.md',
      queries: [{ legend: 'unavailable', expr: unavailableSeconds }],
    },
  ],
};
