import type { RowSpec } from './panel-spec.ts';

const requests = 'comapi_webhook_requests_total';
const since = 'comapi_webhook_sink_unavailable_since_timestamp_seconds{SELECTOR}';
/** Recorded by the alerts' rules: pods that are replaced in an outage do not end it. Without the rules the pods are asked. */
const lastReady =
  'job:comapi_webhook_last_ready:timestamp_seconds{cluster=~"$cluster",namespace=~"$namespace",job=~"$job"}';
/** For how long no pod has been able to store. */
const unavailableSeconds = `(max(time() - ${lastReady}) or min((time() - ${since}) * (${since} > bool 0)))`;

/** Beyond what can be under way: up to 500 events in each delivery. */
const eventsWithoutOutcome =
  'clamp_min(sum(comapi_webhook_events_received_total{SELECTOR}) - sum(comapi_webhook_events_total{SELECTOR}) - 500 * sum(comapi_webhook_in_flight_requests{SELECTOR}), 0)';

/** Of what was verified, as the alerts count it. */
const refusedShare = (range: string) =>
  `sum(increase(${requests}{SELECTOR,reason=~"sink_.+|dead_letter_refused"}[${range}])) / sum(increase(${requests}{SELECTOR,reason=~"ok|sink_.+|dead_letter_refused"}[${range}]))`;

export const receiverNow: RowSpec = {
  title: 'At a glance',
  panels: [
    {
      title: 'Ready pods',
      description: 'Processes that take traffic, also while their store is away. 0: nothing is received.',
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
      title: 'Accepted at first try',
      description:
        'Share of the verified deliveries that were stored at once, over the chosen time. The objective is 99.9 %. What is refused comes again. Not in it: what reaches no pod, because none is ready or the way to it is cut.',
      unit: 'percentunit',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'red' },
        { from: 0.99, color: 'orange' },
        { from: 0.999, color: 'green' },
      ],
      queries: [{ legend: 'accepted', expr: `1 - ${refusedShare('$__range')}` }],
      runbook: 'error-budget-burn.md',
    },
    {
      title: 'Error budget left',
      description:
        'Of what the objective allows to be refused in 30 days, whatever time is chosen above. Below 0 the objective is missed; −100 %: by twice the budget or more.',
      unit: 'percentunit',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'red' },
        { from: 0, color: 'orange' },
        { from: 0.25, color: 'green' },
      ],
      queries: [{ legend: 'left', expr: `clamp_min(1 - ${refusedShare('30d')} / (1 - $objective), -1)` }],
      runbook: 'error-budget-burn.md',
    },
    {
      title: 'Dead letters',
      description:
        'Signed events of the chosen time that could not be stored as events. They are kept aside.',
      unit: 'short',
      kind: 'stat',
      thresholds: [
        { from: null, color: 'green' },
        { from: 1, color: 'purple' },
      ],
      queries: [
        {
          legend: 'dead letters',
          expr: 'sum(increase(comapi_webhook_dead_letters_total{SELECTOR}[$__range]))',
        },
      ],
      runbook: 'dead-letters.md',
    },
    {
      title: 'Left of 24 hours',
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
      runbook: 'not-ready.md',
    },
    {
      title: 'Without outcome',
      description:
        'Events that were received and neither stored, dead-lettered nor refused, beyond what may be under way. Each may be a loss.',
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
      runbook: 'ledger-unbalanced.md',
    },
  ],
};
