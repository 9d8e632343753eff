import type { DashboardSpec, RowSpec } from './panel-spec.ts';
import { quantile, rateBy } from './panel-spec.ts';
import { producePath } from './receiver-produce-path.ts';
import { saturation } from './receiver-saturation.ts';

const requests = 'comapi_webhook_requests_total';
const unavailableSince = 'comapi_webhook_sink_unavailable_since_timestamp_seconds{SELECTOR}';
/** What no pod could store for: the pod that was up last counts. */
const unavailableSeconds = `min((time() - ${unavailableSince}) * (${unavailableSince} > bool 0))`;
const ledger =
  'sum(comapi_webhook_events_received_total{SELECTOR}) - sum(comapi_webhook_events_total{SELECTOR})';

const now: RowSpec = {
  title: 'Now',
  panels: [
    {
      title: 'Ready receivers',
      description: 'Processes that take traffic. 0: nothing is received.',
      unit: 'none',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'red' },
        { from: 1, color: 'green' },
      ],
      queries: [{ legend: 'ready', expr: 'sum(comapi_webhook_ready{SELECTOR})' }],
    },
    {
      title: 'Accepted at the first try',
      description:
        'Share of 2xx among the answers to the provider (2xx and 5xx). The objective is 99.9 %. What is refused comes again.',
      unit: 'percentunit',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'red' },
        { from: 0.99, color: 'orange' },
        { from: 0.999, color: 'green' },
      ],
      queries: [
        {
          legend: 'accepted',
          expr: `sum(rate(${requests}{SELECTOR,status=~"2.."}[$__rate_interval])) / sum(rate(${requests}{SELECTOR,status=~"[25].."}[$__rate_interval]))`,
        },
      ],
    },
    {
      title: 'Events stored',
      description: 'Events a second that are durably stored.',
      unit: 'eps',
      kind: 'stat',
      queries: [
        {
          legend: 'stored',
          expr: 'sum(rate(comapi_webhook_events_total{SELECTOR,outcome="stored"}[$__rate_interval]))',
        },
      ],
    },
    {
      title: 'Left of the provider’s 24 hours',
      description:
        'The provider repeats a refused delivery for 24 hours, then drops it. Below 100 %: nothing can be stored right now.',
      unit: 'percentunit',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'red' },
        { from: 0.75, color: 'orange' },
        { from: 0.999, color: 'green' },
      ],
      queries: [{ legend: 'left', expr: `1 - ${unavailableSeconds} / 86400` }],
    },
    {
      title: 'Ledger',
      description:
        'Events received minus stored, dead-lettered and refused. Deliveries under way show for a moment; what stays is lost.',
      unit: 'none',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'green' },
        { from: 1, color: 'orange' },
      ],
      queries: [{ legend: 'without outcome', expr: ledger }],
    },
  ],
};

const traffic: RowSpec = {
  title: 'Traffic and outcome',
  panels: [
    {
      title: 'Deliveries by answer',
      description: 'Requests on webhook paths by HTTP status.',
      unit: 'reqps',
      kind: 'timeseries',
      stacked: true,
      queries: [rateBy('status', requests)],
    },
    {
      title: 'Refused deliveries by reason',
      description:
        'Everything that did not hear 2xx. The runbook of the error budget says what each reason means.',
      unit: 'reqps',
      kind: 'timeseries',
      queries: [rateBy('reason', requests, 'reason!="ok"')],
    },
    {
      title: 'Refused signatures (401)',
      description:
        'bad_signature: no configured secret fits; when all deliveries do it, the secret was changed on one side only. no_signature: somebody else posts.',
      unit: 'reqps',
      kind: 'timeseries',
      queries: [rateBy('reason', requests, 'status="401"')],
    },
    {
      title: 'Events by outcome',
      description:
        'Events in verified deliveries: stored, dead_lettered (kept aside with a reason) or refused (503).',
      unit: 'eps',
      kind: 'timeseries',
      stacked: true,
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
      queries: [rateBy('reason', 'comapi_webhook_dead_letters_total')],
    },
  ],
};

const latency: RowSpec = {
  title: 'Time to answer and sizes',
  panels: [
    {
      title: 'Time to answer',
      description: 'From the request to the answer. The provider counts a delivery as failed after 10 s.',
      unit: 's',
      kind: 'timeseries',
      thresholds: [
        { from: null, color: 'green' },
        { from: 10, color: 'red' },
      ],
      queries: [0.5, 0.95, 0.99].map((q) => quantile(q, 'comapi_webhook_request_duration_seconds')),
    },
    {
      title: 'Time to store',
      description:
        'Until Kafka acknowledged every event of a delivery; the larger part of the time to answer.',
      unit: 's',
      kind: 'timeseries',
      queries: [0.5, 0.95, 0.99].map((q) => quantile(q, 'comapi_webhook_append_duration_seconds')),
    },
    {
      title: 'Time to verify',
      description: 'One signature check over the whole body.',
      unit: 's',
      kind: 'timeseries',
      queries: [0.5, 0.99].map((q) => quantile(q, 'comapi_webhook_verify_duration_seconds')),
    },
    {
      title: 'Events per delivery',
      description: 'The provider sends up to 500 in a batch; larger batches cost less for each event.',
      unit: 'none',
      kind: 'timeseries',
      queries: [0.5, 0.95].map((q) => quantile(q, 'comapi_webhook_batch_events')),
    },
    {
      title: 'Size of deliveries',
      description: 'Bytes of verified bodies. Bodies over the limit are answered 413.',
      unit: 'bytes',
      kind: 'timeseries',
      queries: [0.5, 0.95].map((q) => quantile(q, 'comapi_webhook_body_bytes')),
    },
  ],
};

const trust: RowSpec = {
  title: 'Ledger, secrets, horizon',
  panels: [
    {
      title: 'Events without an outcome',
      description: 'The ledger over time. A line that stays above 0 while nothing is in flight is a loss.',
      unit: 'none',
      kind: 'timeseries',
      queries: [
        { legend: 'without outcome', expr: ledger },
        { legend: 'deliveries in flight', expr: 'sum(comapi_webhook_in_flight_requests{SELECTOR})' },
      ],
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
      title: 'Time without a store',
      description:
        'How long no receiver has been able to store. At 24 h the provider drops the first events.',
      unit: 's',
      kind: 'timeseries',
      thresholds: [
        { from: null, color: 'green' },
        { from: 21_600, color: 'red' },
      ],
      queries: [{ legend: 'unavailable', expr: unavailableSeconds }],
    },
  ],
};

export const receiverDashboard: DashboardSpec = {
  uid: 'comapi-webhook-receiver',
  title: 'Comapi webhook receiver',
  description:
    'Signed webhooks in, events on Kafka: what arrives, what becomes of it, and how close the limits are.',
  presenceMetric: 'comapi_webhook_ready',
  rows: [now, traffic, latency, producePath, saturation, trust],
};
