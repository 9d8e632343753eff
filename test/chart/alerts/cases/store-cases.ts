import { type AlertCase, labels, pod } from './alert-case.ts';

const since = (name: string, cluster?: string) =>
  `comapi_webhook_sink_unavailable_since_timestamp_seconds{${pod(name, cluster)}}`;
const deadLetters = (name: string) =>
  `comapi_webhook_dead_letters_total{${pod(name)},webhook="default",reason="not_json"}`;
const ledger = (received: number, stored: number, refused: number, inFlight: number) => ({
  [`comapi_webhook_events_received_total{${pod('a')},webhook="default"}`]: `${received}x20`,
  [`comapi_webhook_events_total{${pod('a')},webhook="default",outcome="stored"}`]: `${stored}x20`,
  [`comapi_webhook_events_total{${pod('a')},webhook="default",outcome="refused"}`]: `${refused}x20`,
  [`comapi_webhook_in_flight_requests{${pod('a')}}`]: `${inFlight}x20`,
});

/** Down from the first minute; each pod lives for some hours and knows only of its own life. */
const replacedInOutage = {
  [since('a')]: '0 60x299 stale',
  [since('b')]: '_x300 18000x150 stale',
  [since('c')]: '_x460 27600x200',
};

const horizonCases: readonly AlertCase[] = [
  {
    alert: 'ComapiWebhookStoreUnavailable',
    what: 'no pod has stored anything for more than an hour',
    series: { [since('a')]: '0 60x90', [since('b')]: '0 60x90' },
    at: '67m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookStoreUnavailable',
    what: 'a pod was replaced after five hours',
    series: replacedInOutage,
    at: '310m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookStoreUnavailable',
    what: 'in one cluster of two',
    series: { [since('a', 'east')]: '0x90', [since('a', 'west')]: '0 60x90' },
    at: '67m',
    fires: { ...labels, cluster: 'west' },
  },
  {
    alert: 'ComapiWebhookStoreUnavailable',
    what: 'one of two pods stores: it takes what the other refuses',
    series: { [since('a')]: '0 60x150', [since('b')]: '0x150' },
    at: '150m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookStoreUnavailable',
    what: 'the pod that stores is not scraped for three minutes',
    series: { [since('a')]: '0 60x150', [since('b')]: '0x90 stale _x2 0x60' },
    at: '150m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookStoreUnavailable',
    what: 'half an hour, and again half an hour a while later',
    series: { [since('a')]: '0 60x30 0x5 2220x30 0x30' },
    at: '90m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookStoreUnavailable',
    what: 'it stores again',
    series: { [since('a')]: '0 60x90 0x30' },
    at: '100m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookStoreUnavailable',
    what: 'pods are rolled all day and each needs a moment to connect',
    series: Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [
        since(`pod-${index}`),
        `_x${20 * index} ${1200 * index} 0x20 stale`,
      ]),
    ),
    at: '200m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookStoreUnavailableForHours',
    what: 'no pod has stored anything for more than six hours',
    series: { [since('a')]: '0 60x400' },
    at: '367m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookStoreUnavailableForHours',
    what: 'at hour eight, after pods were replaced at hour five and hour seven and a half',
    series: replacedInOutage,
    at: '480m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookStoreUnavailableForHours',
    what: 'while there is no pod at all',
    series: { [since('a')]: '0 60x299 stale' },
    at: '400m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookStoreUnavailableForHours',
    what: 'five hours',
    series: { [since('a')]: '0 60x300' },
    at: '300m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookStoreUnavailableForHours',
    what: 'the last pod of an outage is gone for more than two days',
    series: { [since('a')]: '_ 600x60 stale' },
    interval: '10m',
    at: '49h',
    fires: undefined,
  },
];

export const storeCases: readonly AlertCase[] = [
  ...horizonCases,
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
    at: '20m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookLedgerUnbalanced',
    what: 'refused and stored add up',
    series: ledger(100, 90, 10, 0),
    at: '20m',
    fires: 'never',
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
    alert: 'ComapiWebhookDeadLetters',
    what: 'pods without any are replaced',
    series: { [deadLetters('a')]: '0x40 stale', [deadLetters('b')]: '_x30 0x40' },
    at: '60m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookTopicWeak',
    what: 'one replica only',
    series: { [`comapi_webhook_kafka_topic_weakness{${pod('a')},topic="events"}`]: '1x30' },
    at: '16m',
    fires: { ...labels, topic: 'events' },
  },
  {
    alert: 'ComapiWebhookTopicWeak',
    what: 'a queue of RabbitMQ cannot be used',
    series: { [`comapi_webhook_rabbitmq_topic_weakness{${pod('a')},topic="events"}`]: '2x30' },
    at: '16m',
    fires: { ...labels, topic: 'events' },
  },
  {
    alert: 'ComapiWebhookTopicWeak',
    what: 'a stream of Redis is weak in one cluster of two',
    series: {
      [`comapi_webhook_redis_topic_weakness{${pod('a', 'east')},topic="events"}`]: '0x30',
      [`comapi_webhook_redis_topic_weakness{${pod('a', 'west')},topic="events"}`]: '1x30',
    },
    at: '16m',
    fires: { ...labels, cluster: 'west', topic: 'events' },
  },
  {
    alert: 'ComapiWebhookTopicWeak',
    what: 'queues and streams are safe',
    series: {
      [`comapi_webhook_rabbitmq_topic_weakness{${pod('a')},topic="events"}`]: '0x30',
      [`comapi_webhook_redis_topic_weakness{${pod('b')},topic="events"}`]: '0x30',
    },
    at: '30m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookTopicWeak',
    what: 'it is safe',
    series: { [`comapi_webhook_kafka_topic_weakness{${pod('a')},topic="events"}`]: '0x30' },
    at: '30m',
    fires: 'never',
  },
];
