import { type AlertCases, labels, pod, requests } from './alert-case.ts';

const since = (name: string) => `comapi_webhook_sink_unavailable_since_timestamp_seconds{${pod(name)}}`;
const deadLetters = (name: string) =>
  `comapi_webhook_dead_letters_total{${pod(name)},webhook="default",reason="not_json"}`;
const readBack = (outcome: string) =>
  `comapi_webhook_read_back_records_total{${pod('a')},outcome="${outcome}"}`;
const startTime = (name: string) => `process_start_time_seconds{${pod(name)}}`;
const ledger = (received: number, stored: number, refused: number, inFlight: number) => ({
  [`comapi_webhook_events_received_total{${pod('a')},webhook="default"}`]: `${received}x20`,
  [`comapi_webhook_events_total{${pod('a')},webhook="default",outcome="stored"}`]: `${stored}x20`,
  [`comapi_webhook_events_total{${pod('a')},webhook="default",outcome="refused"}`]: `${refused}x20`,
  [`comapi_webhook_in_flight_requests{${pod('a')}}`]: `${inFlight}x20`,
});

/**
 * Series of a store that hangs after twenty minutes. Every five minutes, one pod rejects two deliveries, and reports
 * this for only one minute.
 */
export const hangs = (stored: string, minutes = 60) => ({
  [since('a')]:
    `0x20 ${Array.from({ length: minutes / 5 }, (_, burst) => `${1200 + 300 * burst} 0x3`).join(' ')}`,
  [since('b')]: `0x${20 + minutes}`,
  [requests('sink_timeout', pod('a'))]:
    `0x20 ${Array.from({ length: minutes / 5 }, (_, burst) => `${2 * burst + 2}x4`).join(' ')}`,
  [`comapi_webhook_events_total{${pod('b')},webhook="default",outcome="stored"}`]: stored,
  [`comapi_webhook_events_total{${pod('b')},webhook="default",outcome="refused"}`]: `0+1x${20 + minutes}`,
});

export const storeCases: AlertCases = {
  ComapiWebhookLedgerUnbalanced: [
    {
      what: 'three received events are unaccounted for and nothing is in flight',
      series: ledger(100, 90, 7, 0),
      at: '10m',
      fires: { ...labels, instance: 'a' },
    },
    {
      what: 'the difference can be in flight',
      series: ledger(1000, 90, 7, 2),
      silentUntil: '20m',
    },
    {
      what: 'refused and stored add up',
      series: ledger(100, 90, 10, 0),
      silentUntil: '20m',
    },
  ],
  ComapiWebhookRecordLost: [
    {
      what: 'one record is missing',
      series: { [readBack('missing')]: '0x5 1x60', [readBack('same')]: '0+60x65' },
      at: '10m',
      fires: { ...labels, outcome: 'missing' },
    },
    {
      what: 'retention has removed some, and the store could not be requested others',
      series: {
        [readBack('removed')]: '0+1x60',
        [readBack('unread')]: '0+1x60',
        [readBack('missing')]: '0x60',
      },
      silentUntil: '60m',
    },
  ],
  ComapiWebhookDeadLetters: [
    {
      what: 'the first one came before the first scrape of its process',
      series: { [deadLetters('a')]: '_x10 1x20', [startTime('a')]: '_x10 590x20' },
      at: '12m',
      fires: { ...labels, webhook: 'default', reason: 'not_json' },
    },
    {
      what: 'another one',
      series: { [deadLetters('a')]: '4x40 5x10' },
      at: '45m',
      fires: { ...labels, webhook: 'default', reason: 'not_json' },
    },
    {
      what: 'Prometheus is new, or has not scraped for half an hour; the last one was long ago',
      series: {
        [deadLetters('a')]: '_x10 4x20 _x30 4x30',
        [startTime('a')]: '_x10 -9000x20 _x30 -9000x30',
      },
      silentUntil: '85m',
    },
    {
      what: 'pods without any are replaced',
      series: { [deadLetters('a')]: '0x40 stale', [deadLetters('b')]: '_x30 0x40' },
      silentUntil: '60m',
    },
  ],
  ComapiWebhookTopicWeak: [
    {
      what: 'one replica only',
      series: { [`comapi_webhook_store_topic_weakness{${pod('a')},topic="events"}`]: '1x30' },
      at: '16m',
      fires: { ...labels, topic: 'events' },
    },
    {
      what: 'queues and streams are safe',
      series: {
        [`comapi_webhook_store_topic_weakness{${pod('a')},topic="events"}`]: '0x30',
        [`comapi_webhook_store_topic_weakness{${pod('b')},topic="events"}`]: '0x30',
      },
      silentUntil: '30m',
    },
  ],
  ComapiWebhookStoreUnavailable: [
    {
      what: 'no pod can store anything for a quarter of an hour',
      series: { [since('a')]: '0x5 300x20', [since('b')]: '0x6 360x20' },
      at: '22m',
      fires: labels,
    },
    {
      what: 'one of two pods stores: it takes what the other refuses',
      series: { [since('a')]: '1x60', [since('b')]: '0x60' },
      silentUntil: '60m',
    },
    {
      what: 'it hangs, and the pod that nobody tries says what held long ago',
      series: hangs('0+1x20 20x60'),
      at: '75m',
      fires: labels,
    },
    {
      what: 'one pod cannot reach it, and the other stores',
      series: hangs('0+1x80'),
      silentUntil: '79m',
    },
    {
      what: 'it hangs for a moment, and nothing comes for an hour then',
      series: {
        ...hangs('0+1x20 20x60'),
        [requests('sink_timeout', pod('a'))]: '0x20 4 8x60',
      },
      silentUntil: '79m',
    },
  ],
};
