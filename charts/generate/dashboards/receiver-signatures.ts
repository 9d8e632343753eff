import type { RowSpec } from './panel-spec.ts';
import { createRateQuery } from './panel-spec.ts';

const lastAccepted =
  'webhook:comapi_webhook_last_accepted:timestamp_seconds{cluster=~"$cluster",namespace=~"$namespace",job=~"$job"}';

export const signatureRow: RowSpec = {
  title: 'Read-back checks, secrets and missing deliveries',
  panels: [
    {
      title: 'Read-back check of stored records',
      description:
        'The receiver reads about one acknowledged record per second back from the store. same: the record is unchanged. missing, different: the record is lost. removed: retention has deleted the record. unread: the store did not respond.',
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
      queries: [createRateQuery('outcome', 'comapi_webhook_read_back_records_total')],
    },
    {
      title: 'Verified deliveries by secret',
      description:
        'Deliveries by the secret that verified them. A rotation is complete when the old secret has verified no delivery for a day.',
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
        'Accepted deliveries whose first event is more than two days old. The provider retries a delivery for one day only. If many deliveries are this old, somebody is replaying recorded deliveries.',
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
        'Time since the provider’s last delivery that got a 2xx, for each registration. If the recording rules of the alerts are installed, the panel also includes deliveries to pods that no longer exist.',
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
        'Deliveries of test events, sent manually or by the canary. Panels that show deliveries by status or reason do not count them. Panels that show events by outcome include them.',
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
      title: 'Usable secrets',
      description:
        'Whether each configured secret file can be used. An unusable file is empty, too short or unreadable.',
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
