import type { RowSpec } from './panel-spec.ts';
import { rateBy } from './panel-spec.ts';

const lastAccepted =
  'webhook:comapi_webhook_last_accepted:timestamp_seconds{cluster=~"$cluster",namespace=~"$namespace",job=~"$job"}';

export const trust: RowSpec = {
  title: 'Read back, secrets, silence',
  panels: [
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
      queries: [
        {
          legend: '{{webhook}} {{secret}}',
          expr: 'sum by (webhook, secret) (rate(comapi_webhook_signature_verifications_total{SELECTOR,result="ok"}[$__rate_interval]))',
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
  ],
};
