import type { RowSpec } from './panel-spec.ts';

const requests = 'comapi_webhook_requests_total';
const unavailableSince = 'comapi_webhook_sink_unavailable_since_timestamp_seconds{SELECTOR}';
/**
 * Time series from the recording rules for alerts. Unlike the metric that each pod exports, this series continues when
 * pods are replaced during an outage.
 */
const lastReadyTime =
  'job:comapi_webhook_last_ready:timestamp_seconds{cluster=~"$cluster",namespace=~"$namespace",job=~"$job"}';
/**
 * Seconds since any pod was last able to store events. Without the recording rules, the query uses the metric that
 * pods export.
 */
const unavailableSeconds = `(max(time() - ${lastReadyTime}) or min((time() - ${unavailableSince}) * (${unavailableSince} > bool 0)))`;

/** Number of received events without an outcome, minus up to 500 events for each delivery in flight. */
const eventsWithoutOutcome =
  'clamp_min(sum(comapi_webhook_events_received_total{SELECTOR}) - sum(comapi_webhook_events_total{SELECTOR}) - 500 * sum(comapi_webhook_in_flight_requests{SELECTOR}), 0)';

/** Share of the verified deliveries that the store rejected. The error budget alerts count the same rejection reasons. */
const createRefusedShareQuery = (range: string) =>
  `sum(increase(${requests}{SELECTOR,reason=~"sink_.+|dead_letter_refused"}[${range}])) / sum(increase(${requests}{SELECTOR,reason=~"ok|sink_.+|dead_letter_refused"}[${range}]))`;

export const atAGlanceRow: RowSpec = {
  title: 'At a glance',
  panels: [
    {
      title: 'Ready pods',
      description:
        'Number of pods that accept traffic. A pod still accepts traffic while its store is unavailable. 0 means that no deliveries are received.',
      unit: 'none',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'red' },
        { from: 1, color: 'green' },
      ],
      queries: [{ legend: 'ready', expr: 'sum(comapi_webhook_ready{SELECTOR})' }],
      runbook: 'not-ready.md',
    },
    {
      title: 'First-attempt success rate',
      description:
        'Share of verified deliveries in the selected time range that were stored on the first attempt. The objective is 99.9 %. The provider retries the other deliveries. Requests that never reach a pod are not counted.',
      unit: 'percentunit',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'red' },
        { from: 0.99, color: 'orange' },
        { from: 0.999, color: 'green' },
      ],
      queries: [{ legend: 'accepted', expr: `1 - ${createRefusedShareQuery('$__range')}` }],
      runbook: 'store-unavailable.md',
    },
    {
      title: 'Error budget left (30 days)',
      description:
        'Share of the 30-day error budget that is left, regardless of the selected time range. 100 % means that no delivery was rejected. Below 0 %, the objective is missed. −100 % means that at least twice the budget was spent.',
      unit: 'percentunit',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'red' },
        { from: 0, color: 'orange' },
        { from: 0.25, color: 'green' },
      ],
      queries: [
        { legend: 'left', expr: `clamp_min(1 - ${createRefusedShareQuery('30d')} / (1 - $objective), -1)` },
      ],
      runbook: 'store-unavailable.md',
    },
    {
      title: 'Dead letters',
      description:
        'Number of events in the selected time range that were written to the dead-letter topic because they could not be stored in the events topic. To deliver them to consumers, replay them.',
      unit: 'short',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'green' },
        { from: 1, color: 'purple' },
      ],
      queries: [
        {
          legend: 'dead letters',
          expr: 'round(sum(increase(comapi_webhook_dead_letters_total{SELECTOR}[$__range])))',
        },
      ],
      runbook: 'dead-letters.md',
    },
    {
      title: 'Retry time left (of 24 h)',
      description:
        'The provider retries a rejected delivery for 24 hours and then drops it. 100 % means that events are being stored. Below 100 %, no pod can store events, and the value is the share of the 24 hours that is left until the first deliveries are dropped.',
      unit: 'percentunit',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'red' },
        { from: 0.75, color: 'orange' },
        { from: 0.999, color: 'green' },
      ],
      queries: [{ legend: 'left', expr: `1 - ${unavailableSeconds} / 86400` }],
      runbook: 'not-ready.md',
    },
    {
      title: 'Events unaccounted for',
      description:
        'Number of received events that were neither stored, dead-lettered nor refused, minus the events in flight. Normally 0. If it is higher, that many events may be lost.',
      unit: 'none',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'green' },
        { from: 1, color: 'red' },
      ],
      queries: [
        {
          legend: 'events',
          expr: eventsWithoutOutcome,
        },
      ],
      runbook: 'data-loss.md',
    },
  ],
};
