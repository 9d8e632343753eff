import type { RowSpec } from './panel-spec.ts';
import { rateBy } from './panel-spec.ts';

const lastAccepted =
  'webhook:comapi_webhook_last_accepted:timestamp_seconds{cluster=~"$cluster",namespace=~"$namespace",job=~"$job"}';

export const trust: RowSpec = {
  title: 'Read-back check, secrets, silence',
  panels: [
    {
      title: 'Read-back check of stored records',
      description:
        'About one acknowledged record a second is read again from the store. same: unchanged. missing, different: lost. removed: deleted by retention. unread: the store did not respond.',
      unit: 'recps',
      kind: 'timeseries',
      stacked: true,
      runbook: 'data-loss.md',
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
      title: 'Verified deliveries by secret',
      description:
        'Deliveries by the secret that verified them. A rotation is complete when the old secret has been at 0 for a day.',
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
      title: 'Deliveries older than two days',
      description:
        'Accepted deliveries whose first event is more than two days old. The provider retries for one day only, so many old deliveries mean that somebody resends recorded ones.',
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
      title: 'Time since the last accepted delivery',
      description:
        'Time since a delivery of the provider last got a 2xx, for each registration. With the recording rules of the alerts, removed pods count too.',
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
      title: 'Test deliveries by result',
      description:
        'Deliveries of test events, sent by hand or by the canary. No other panel counts them, except those that compare received events with their outcomes.',
      unit: 'reqps',
      kind: 'timeseries',
      runbook: 'silence.md',
      queries: [
        {
          legend: '{{event}} {{reason}}',
          expr: 'sum by (event, reason) (rate(comapi_webhook_own_deliveries_total{SELECTOR}[$__rate_interval]))',
        },
      ],
    },
    {
      title: 'Usability of secrets',
      description: 'Each configured secret file. An unusable file is empty, too short or not readable.',
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
