import { outcomeColors, quantileColors, reasonColors, statusColors } from './colors.ts';
import type { DashboardSpec, RowSpec } from './panel-spec.ts';
import {
  createNonZeroRateQuery,
  createQuantileQuery,
  createRateQuery,
  createThresholdLines,
} from './panel-spec.ts';
import { atAGlanceRow } from './receiver-at-a-glance.ts';
import { saturationRow } from './receiver-saturation.ts';
import { signatureRow } from './receiver-signatures.ts';
import { spoolRow } from './spool-row.ts';
import { storeRow } from './store-row.ts';

const requests = 'comapi_webhook_requests_total';

const trafficRow: RowSpec = {
  title: 'Traffic and outcomes',
  panels: [
    {
      title: 'Deliveries by HTTP status',
      description:
        'Responses to requests on webhook paths. 200: the events are stored. 401: the signature is invalid. 503: the delivery was rejected, and the provider retries it.',
      unit: 'reqps',
      kind: 'timeseries',
      stacked: true,
      colors: statusColors,
      queries: [createNonZeroRateQuery('status', requests)],
    },
    {
      title: 'Rejected deliveries by reason',
      description:
        'Deliveries that did not get a 2xx response, excluding test events. Reasons that begin with sink_ mean that the store did not accept the events. The runbook explains these reasons.',
      unit: 'reqps',
      kind: 'timeseries',
      colors: reasonColors,
      queries: [createNonZeroRateQuery('reason', requests, 'reason!="ok"')],
      runbook: 'store-unavailable.md',
    },
    {
      title: 'Invalid signatures by cause',
      description:
        'Deliveries that got a 401, by cause. If every delivery fails with the cause "mismatch" or "not_examined", the provider signs with an unknown secret. The causes "missing" and "malformed" usually come from unauthenticated clients.',
      unit: 'reqps',
      kind: 'timeseries',
      colors: { mismatch: 'orange', not_examined: 'blue', malformed: 'yellow', missing: 'light-blue' },
      queries: [createNonZeroRateQuery('cause', 'comapi_webhook_signature_failures_total')],
      runbook: 'signature-failures.md',
    },
    {
      title: 'Events by outcome',
      description:
        'Events in verified deliveries. stored: the event is in the store or the spool. dead_lettered: the event is in the dead-letter topic, together with the reason. refused: the delivery got a 503.',
      unit: 'eps',
      kind: 'timeseries',
      stacked: true,
      colors: outcomeColors,
      queries: [createRateQuery('outcome', 'comapi_webhook_events_total')],
    },
    {
      title: 'Events by registration',
      description: 'Events in verified deliveries, for each webhook registration.',
      unit: 'eps',
      kind: 'timeseries',
      queries: [createRateQuery('webhook', 'comapi_webhook_events_received_total')],
    },
    {
      title: 'Dead letters by reason',
      description:
        'Events from verified deliveries that were written to the dead-letter topic because they could not be stored in the events topic. To deliver them to consumers, replay them.',
      unit: 'eps',
      kind: 'timeseries',
      queries: [createNonZeroRateQuery('reason', 'comapi_webhook_dead_letters_total')],
      runbook: 'dead-letters.md',
    },
  ],
};

const latencyRow: RowSpec = {
  title: 'Response times and sizes',
  panels: [
    {
      title: 'Response time',
      description:
        'Time from the request to the response, for verified deliveries. By default, the receiver gives up after 8 s. After 10 s, the provider counts the delivery as failed.',
      unit: 's',
      kind: 'timeseries',
      thresholds: createThresholdLines([8, 'orange'], [10, 'red']),
      colors: quantileColors,
      runbook: 'near-limit.md',
      queries: [0.5, 0.95, 0.99].map((q) =>
        createQuantileQuery(q, 'comapi_webhook_request_duration_seconds'),
      ),
    },
    {
      title: 'Store write time',
      description:
        'Time until the store has acknowledged every event of a delivery. This is the largest part of the response time.',
      unit: 's',
      kind: 'timeseries',
      colors: quantileColors,
      queries: [0.5, 0.95, 0.99].map((q) => createQuantileQuery(q, 'comapi_webhook_append_duration_seconds')),
    },
    {
      title: 'Events per delivery',
      description:
        'Number of events in a verified delivery. The provider sends up to 500 events in a batch. The cost per event is lower in larger batches.',
      unit: 'none',
      kind: 'timeseries',
      thresholds: createThresholdLines([500, 'orange']),
      colors: quantileColors,
      queries: [0.5, 0.95].map((q) => createQuantileQuery(q, 'comapi_webhook_batch_events')),
    },
    {
      title: 'Body size of deliveries',
      description: 'Size of verified request bodies. A body above the limit (10 MiB by default) gets a 413.',
      unit: 'bytes',
      kind: 'timeseries',
      thresholds: createThresholdLines([10_485_760, 'orange']),
      colors: quantileColors,
      queries: [0.5, 0.95].map((q) => createQuantileQuery(q, 'comapi_webhook_body_bytes')),
    },
  ],
};

export const receiverDashboard: DashboardSpec = {
  uid: 'comapi-webhook-receiver',
  title: 'Comapi webhook receiver',
  description:
    'Shows the received deliveries, the outcomes of their events, and how close each receiver process is to its limits.',
  presenceMetric: 'comapi_webhook_ready',
  rows: [atAGlanceRow, trafficRow, latencyRow, storeRow, saturationRow, signatureRow, spoolRow],
};
