export interface AlertCase {
  readonly alert: string;
  readonly what: string;
  /** Series in promtool's notation; one sample a minute. */
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** Labels beside the alert's own that the firing alert must have; `undefined`: it must not fire. */
  readonly fires: Readonly<Record<string, string>> | undefined;
}

const target = 'namespace="messaging",job="events-receiver-metrics"';
const labels = { namespace: 'messaging', job: 'events-receiver-metrics' };
const pod = (name: string) => `${target},instance="${name}"`;
const requests = (status: string) =>
  `comapi_webhook_requests_total{${target},webhook="default",status="${status}"}`;
const checks = (result: string, secret = 'current') =>
  `comapi_webhook_signature_verifications_total{${target},webhook="default",secret="${secret}",result="${result}"}`;
const secrets = (name: string) => `comapi_webhook_secrets{${pod(name)},webhook="default"}`;
const usable = (name: string, secret: string) =>
  `comapi_webhook_secret_usable{${pod(name)},webhook="default",secret="${secret}"}`;
const deadLetters = (name: string) =>
  `comapi_webhook_dead_letters_total{${pod(name)},webhook="default",reason="not_json"}`;
const since = (name: string) => `comapi_webhook_sink_unavailable_since_timestamp_seconds{${pod(name)}}`;
const ledger = (received: number, stored: number, refused: number, inFlight: number) => ({
  [`comapi_webhook_events_received_total{${pod('a')},webhook="default"}`]: `${received}x20`,
  [`comapi_webhook_events_total{${pod('a')},webhook="default",outcome="stored"}`]: `${stored}x20`,
  [`comapi_webhook_events_total{${pod('a')},webhook="default",outcome="refused"}`]: `${refused}x20`,
  [`comapi_webhook_in_flight_requests{${pod('a')}}`]: `${inFlight}x20`,
});
const inFlight = (requestCount: number, bytes: number) => ({
  [`comapi_webhook_in_flight_requests{${pod('a')}}`]: `${requestCount}x20`,
  [`comapi_webhook_in_flight_requests_limit{${pod('a')}}`]: '1000x20',
  [`comapi_webhook_in_flight_bytes{${pod('a')}}`]: `${bytes}x20`,
  [`comapi_webhook_in_flight_bytes_limit{${pod('a')}}`]: '1000000x20',
});
const durations = (slow: number) => ({
  [`comapi_webhook_request_duration_seconds_bucket{${target},webhook="default",le="5"}`]: `0+${100 - slow}x30`,
  [`comapi_webhook_request_duration_seconds_bucket{${target},webhook="default",le="8"}`]: '0+100x30',
  [`comapi_webhook_request_duration_seconds_bucket{${target},webhook="default",le="+Inf"}`]: '0+100x30',
});

export const alertCases: readonly AlertCase[] = [
  {
    alert: 'ComapiWebhookErrorBudgetFastBurn',
    what: '2 % of the deliveries are refused',
    series: { [requests('200')]: '0+980x90', [requests('503')]: '0+20x90' },
    at: '70m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookErrorBudgetFastBurn',
    what: '1 % are refused: enough for the slow alert only',
    series: { [requests('200')]: '0+990x90', [requests('503')]: '0+10x90' },
    at: '70m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookErrorBudgetFastBurn',
    what: 'a rolling outage is over: the short window has calmed down',
    series: { [requests('200')]: '0+900x90', [requests('503')]: '0+100x50 5000x40' },
    at: '70m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookErrorBudgetFastBurn',
    what: 'strangers are answered 401: neither good nor bad',
    series: { [requests('200')]: '0+100x90', [requests('401')]: '0+9000x90' },
    at: '70m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookErrorBudgetSlowBurn',
    what: '1 % of the deliveries are refused for hours',
    series: { [requests('200')]: '0+990x420', [requests('503')]: '0+10x420' },
    at: '400m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookErrorBudgetSlowBurn',
    what: '0.1 % are refused: within the objective',
    series: { [requests('200')]: '0+999x420', [requests('503')]: '0+1x420' },
    at: '400m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookNoSignatureVerifies',
    what: 'the secret was changed at the provider only',
    series: { [checks('ok')]: '0+60x10 600x30', [checks('bad_signature', 'none')]: '0x10 0+60x30' },
    at: '30m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookNoSignatureVerifies',
    what: 'a stranger posts beside the provider',
    series: { [checks('ok')]: '0+60x40', [checks('bad_signature', 'none')]: '0+600x40' },
    at: '30m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookNoSignatureVerifies',
    what: 'nothing arrives at all',
    series: { [checks('ok')]: '600x40', [checks('bad_signature', 'none')]: '5x40' },
    at: '30m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookSignatureFailures',
    what: 'one pod of five lacks the new secret',
    series: { [checks('ok')]: '0+80x60', [checks('bad_signature', 'none')]: '0+20x60' },
    at: '40m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookSignatureFailures',
    what: 'a few strangers',
    series: { [checks('ok')]: '0+980x60', [checks('bad_signature', 'none')]: '0+20x60' },
    at: '40m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookNoSecret',
    what: 'every secret of one registration is gone on one pod',
    series: { [secrets('a')]: '2x5 0x10', [secrets('b')]: '2x15' },
    at: '10m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookNoSecret',
    what: 'one of two secrets is taken away after a rotation',
    series: { [secrets('a')]: '2x5 1x10', [secrets('b')]: '2x7 1x8' },
    at: '14m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookSecretUnusable',
    what: 'the new secret is an empty file',
    series: { [usable('a', 'current')]: '1x15', [usable('a', 'new')]: '_x5 0x10' },
    at: '10m',
    fires: { ...labels, webhook: 'default', secret: 'new' },
  },
  {
    alert: 'ComapiWebhookSecretUnusable',
    what: 'a file was seen half written once',
    series: { [usable('a', 'current')]: '1x15', [usable('a', 'new')]: '_x5 0 1x9' },
    at: '10m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookSecretUnusable',
    what: 'the bad file was taken away again',
    series: { [usable('a', 'current')]: '1x20', [usable('a', 'new')]: '_x2 0x6 stale' },
    at: '12m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookCertificateUnusable',
    what: 'one pod was given a key that is not that of the certificate',
    series: {
      [`comapi_webhook_certificate_usable{${pod('a')}}`]: '1x5 0x20',
      [`comapi_webhook_certificate_usable{${pod('b')}}`]: '1x25',
    },
    at: '20m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookCertificateUnusable',
    what: 'the certificate was seen without its key while both were written',
    series: { [`comapi_webhook_certificate_usable{${pod('a')}}`]: '1x5 0x1 1x20' },
    at: '20m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookStoreUnavailable',
    what: 'no pod has stored anything for 61 minutes',
    series: { [since('a')]: '0 60x90', [since('b')]: '0 60x90' },
    at: '62m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookStoreUnavailable',
    what: 'one of two pods stores: it takes what the other refuses',
    series: { [since('a')]: '0 60x90', [since('b')]: '0x90' },
    at: '90m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookStoreUnavailable',
    what: 'half an hour',
    series: { [since('a')]: '0 60x90' },
    at: '30m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookStoreUnavailableForHours',
    what: 'no pod has stored anything for more than six hours',
    series: { [since('a')]: '0 60x400' },
    at: '362m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookStoreUnavailableForHours',
    what: 'five hours',
    series: { [since('a')]: '0 60x400' },
    at: '300m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookLedgerUnbalanced',
    what: 'three received events have no outcome and nothing is under way',
    series: ledger(100, 90, 7, 0),
    at: '10m',
    fires: { ...labels, instance: 'a' },
  },
  {
    alert: 'ComapiWebhookLedgerUnbalanced',
    what: 'the difference can be under way',
    series: ledger(1000, 90, 7, 2),
    at: '10m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookLedgerUnbalanced',
    what: 'refused and stored add up',
    series: ledger(100, 90, 10, 0),
    at: '10m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookDeadLetters',
    what: 'the first one since the start',
    series: { [deadLetters('a')]: '_x10 1x20' },
    at: '12m',
    fires: { ...labels, webhook: 'default', reason: 'not_json' },
  },
  {
    alert: 'ComapiWebhookDeadLetters',
    what: 'another one',
    series: { [deadLetters('a')]: '4x40 5x10' },
    at: '45m',
    fires: { ...labels, webhook: 'default', reason: 'not_json' },
  },
  {
    alert: 'ComapiWebhookDeadLetters',
    what: 'the last one was an hour ago',
    series: { [deadLetters('a')]: '4x90' },
    at: '60m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookNoneReady',
    what: 'both pods are not ready',
    series: {
      [`comapi_webhook_ready{${pod('a')}}`]: '1x5 0x20',
      [`comapi_webhook_ready{${pod('b')}}`]: '0x25',
    },
    at: '10m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookNoneReady',
    what: 'one pod is ready',
    series: { [`comapi_webhook_ready{${pod('a')}}`]: '1x25', [`comapi_webhook_ready{${pod('b')}}`]: '0x25' },
    at: '20m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookNotReady',
    what: 'one pod is not ready for longer than a roll-out takes',
    series: { [`comapi_webhook_ready{${pod('a')}}`]: '1x25', [`comapi_webhook_ready{${pod('b')}}`]: '0x25' },
    at: '6m',
    fires: { ...labels, instance: 'b' },
  },
  {
    alert: 'ComapiWebhookNotReady',
    what: 'a pod starts',
    series: { [`comapi_webhook_ready{${pod('b')}}`]: '0x2 1x25' },
    at: '8m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookAbsent',
    what: 'no receiver is scraped',
    series: { [`comapi_webhook_filter_ready{${target}}`]: '1x20' },
    at: '6m',
    fires: {},
  },
  {
    alert: 'ComapiWebhookAbsent',
    what: 'one is',
    series: { [`comapi_webhook_ready{${pod('a')}}`]: '1x20' },
    at: '6m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookNearLimit',
    what: '90 % of the requests',
    series: inFlight(900, 0),
    at: '6m',
    fires: { ...labels, instance: 'a' },
  },
  {
    alert: 'ComapiWebhookNearLimit',
    what: '90 % of the bytes',
    series: inFlight(1, 900_000),
    at: '6m',
    fires: { ...labels, instance: 'a' },
  },
  {
    alert: 'ComapiWebhookNearLimit',
    what: 'half of both',
    series: inFlight(500, 500_000),
    at: '6m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookSlowAnswers',
    what: '2 % of the answers take more than 5 s',
    series: durations(2),
    at: '25m',
    fires: labels,
  },
  { alert: 'ComapiWebhookSlowAnswers', what: 'none does', series: durations(0), at: '25m', fires: undefined },
  {
    alert: 'ComapiWebhookOldSecretUnused',
    what: 'only the new one verifies, for more than a day',
    series: { [checks('ok', 'previous')]: '7x1600', [checks('ok', 'current')]: '0+1x1600' },
    at: '26h',
    fires: { ...labels, webhook: 'default', secret: 'previous' },
  },
  {
    alert: 'ComapiWebhookOldSecretUnused',
    what: 'both verify',
    series: { [checks('ok', 'previous')]: '0+1x1600', [checks('ok', 'current')]: '0+1x1600' },
    at: '26h',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookOldSecretUnused',
    what: 'nothing arrives: nobody knows',
    series: { [checks('ok', 'previous')]: '7x1600', [checks('ok', 'current')]: '9x1600' },
    at: '26h',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookTopicWeak',
    what: 'one replica only',
    series: { [`comapi_webhook_kafka_topic_durability{${pod('a')},topic="events"}`]: '1x30' },
    at: '16m',
    fires: { ...labels, topic: 'events' },
  },
  {
    alert: 'ComapiWebhookTopicWeak',
    what: 'it is safe',
    series: { [`comapi_webhook_kafka_topic_durability{${pod('a')},topic="events"}`]: '0x30' },
    at: '16m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookFilterLag',
    what: 'it needs ten minutes to catch up',
    series: {
      [`comapi_webhook_filter_lag_records{${pod('a')},partition="0"}`]: '6000x30',
      [`comapi_webhook_filter_records_total{${pod('a')},outcome="forwarded",family="message"}`]: '0+600x30',
    },
    at: '20m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookFilterLag',
    what: 'it stands still',
    series: {
      [`comapi_webhook_filter_lag_records{${pod('a')},partition="0"}`]: '400x30',
      [`comapi_webhook_filter_records_total{${pod('a')},outcome="forwarded",family="message"}`]: '9x30',
    },
    at: '20m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookFilterLag',
    what: 'a large backlog, soon worked off',
    series: {
      [`comapi_webhook_filter_lag_records{${pod('a')},partition="0"}`]: '6000x30',
      [`comapi_webhook_filter_records_total{${pod('a')},outcome="forwarded",family="message"}`]: '0+6000x30',
    },
    at: '20m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookFilterNotReady',
    what: 'none has its state',
    series: { [`comapi_webhook_filter_ready{${pod('a')}}`]: '0x30' },
    at: '11m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookFilterNotReady',
    what: 'one of two is restoring',
    series: {
      [`comapi_webhook_filter_ready{${pod('a')}}`]: '0x30',
      [`comapi_webhook_filter_ready{${pod('b')}}`]: '1x30',
    },
    at: '11m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookFilterLogReset',
    what: 'the events topic was made again',
    series: {
      [`comapi_webhook_filter_log_resets_total{${pod('a')},reason="topic_recreated"}`]: '0x10 3x20',
    },
    at: '15m',
    fires: { ...labels, reason: 'topic_recreated' },
  },
  {
    alert: 'ComapiWebhookFilterLogReset',
    what: 'it was long ago',
    series: {
      [`comapi_webhook_filter_log_resets_total{${pod('a')},reason="topic_recreated"}`]: '3x40',
    },
    at: '35m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookFilterTransactionsFail',
    what: 'one a minute',
    series: { [`comapi_webhook_filter_transactions_total{${pod('a')},result="failed"}`]: '0+1x40' },
    at: '30m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookFilterTransactionsFail',
    what: 'one in a rebalance',
    series: {
      [`comapi_webhook_filter_transactions_total{${pod('a')},result="failed"}`]: '0x10 1x40',
      [`comapi_webhook_filter_transactions_total{${pod('a')},result="committed"}`]: '0+9x40',
    },
    at: '30m',
    fires: undefined,
  },
];
