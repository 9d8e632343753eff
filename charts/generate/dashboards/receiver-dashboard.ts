import { outcomeColors, quantileColors, reasonColors, statusColors } from './colors.ts';
import type { DashboardSpec, RowSpec } from './panel-spec.ts';
import { limits, quantile, rateBy, rateOfAny } from './panel-spec.ts';
import { receiverNow } from './receiver-now.ts';
import { saturation } from './receiver-saturation.ts';
import { trust } from './receiver-trust.ts';
import { spoolRow } from './spool-row.ts';
import { storeRow } from './store-row.ts';

const requests = 'comapi_webhook_requests_total';

const traffic: RowSpec = {
  title: 'Traffic and outcome',
  panels: [
    {
      title: 'Deliveries by answer',
      description: 'Requests on webhook paths by HTTP status.',
      unit: 'reqps',
      kind: 'timeseries',
      stacked: true,
      colors: statusColors,
      queries: [rateOfAny('status', requests)],
    },
    {
      title: 'Refused deliveries by reason',
      description:
        'Deliveries that were not answered 2xx, without those that this product has sent. The runbook of the error budget says what each reason means.',
      unit: 'reqps',
      kind: 'timeseries',
      colors: reasonColors,
      queries: [rateOfAny('reason', requests, 'reason!="ok"')],
      runbook: 'error-budget-burn.md',
    },
    {
      title: 'Refused signatures (401)',
      description:
        'By cause, of which the runbook has the list. not_examined, mismatch: of none of the secrets; when all deliveries are, the secret was changed on one side only. malformed, missing: somebody else posts.',
      unit: 'reqps',
      kind: 'timeseries',
      colors: { mismatch: 'orange', not_examined: 'blue', malformed: 'yellow', missing: 'light-blue' },
      queries: [rateBy('cause', 'comapi_webhook_signature_failures_total')],
      runbook: 'signature-failures.md',
    },
    {
      title: 'Events by outcome',
      description:
        'Events in verified deliveries: stored, dead_lettered (kept aside with a reason) or refused (503).',
      unit: 'eps',
      kind: 'timeseries',
      stacked: true,
      colors: outcomeColors,
      queries: [rateBy('outcome', 'comapi_webhook_events_total')],
    },
    {
      title: 'Events by registration',
      description: 'Events in verified deliveries of each registration.',
      unit: 'eps',
      kind: 'timeseries',
      queries: [rateBy('webhook', 'comapi_webhook_events_received_total')],
    },
    {
      title: 'Dead letters by reason',
      description: 'Signed events that could not be stored as events. They are in the dead-letter topic.',
      unit: 'eps',
      kind: 'timeseries',
      queries: [rateOfAny('reason', 'comapi_webhook_dead_letters_total')],
      runbook: 'dead-letters.md',
    },
  ],
};

const latency: RowSpec = {
  title: 'Time to answer and sizes',
  panels: [
    {
      title: 'Time to answer',
      description:
        'Of verified deliveries, from the request to the answer. At 8 s the budget of a delivery ends by default, at 10 s the provider counts it as failed.',
      unit: 's',
      kind: 'timeseries',
      thresholds: limits([8, 'orange'], [10, 'red']),
      colors: quantileColors,
      runbook: 'near-limit.md',
      queries: [0.5, 0.95, 0.99].map((q) => quantile(q, 'comapi_webhook_request_duration_seconds')),
    },
    {
      title: 'Time to store',
      description:
        'Until the store acknowledged every event of a delivery; the larger part of the time to answer.',
      unit: 's',
      kind: 'timeseries',
      colors: quantileColors,
      queries: [0.5, 0.95, 0.99].map((q) => quantile(q, 'comapi_webhook_append_duration_seconds')),
    },
    {
      title: 'Events per delivery',
      description: 'The provider sends up to 500 in a batch; larger batches cost less for each event.',
      unit: 'none',
      kind: 'timeseries',
      thresholds: limits([500, 'orange']),
      colors: quantileColors,
      queries: [0.5, 0.95].map((q) => quantile(q, 'comapi_webhook_batch_events')),
    },
    {
      title: 'Size of deliveries',
      description: 'Bytes of verified bodies. Over 10 MiB, the default limit, the answer is 413.',
      unit: 'bytes',
      kind: 'timeseries',
      thresholds: limits([10_485_760, 'orange']),
      colors: quantileColors,
      queries: [0.5, 0.95].map((q) => quantile(q, 'comapi_webhook_body_bytes')),
    },
  ],
};

export const receiverDashboard: DashboardSpec = {
  uid: 'comapi-webhook-receiver',
  title: 'Comapi webhook receiver',
  description:
    'Signed webhooks in, events in the store: what arrives, what becomes of it, and how close the limits are.',
  presenceMetric: 'comapi_webhook_ready',
  rows: [receiverNow, traffic, latency, storeRow, saturation, trust, spoolRow],
};
