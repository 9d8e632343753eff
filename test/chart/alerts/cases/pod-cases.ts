import { type AlertCases, labels, pod, requests, target } from './alert-case.ts';
import { hangs } from './store-cases.ts';

const ready = (name: string, cluster?: string) => `comapi_webhook_ready{${pod(name, cluster)}}`;
const filterReady = (name: string) => `comapi_webhook_filter_ready{${pod(name)}}`;
const inFlight = (requestCount: number, bytes: number) => ({
  [`comapi_webhook_in_flight_requests{${pod('a')}}`]: `${requestCount}x20`,
  [`comapi_webhook_in_flight_requests_limit{${pod('a')}}`]: '1000x20',
  [`comapi_webhook_in_flight_bytes{${pod('a')}}`]: `${bytes}x20`,
  [`comapi_webhook_in_flight_bytes_limit{${pod('a')}}`]: '1000000x20',
});

const throttled = (name: string, broker: number) =>
  `comapi_webhook_kafka_throttled_seconds_total{${pod(name)},broker="${broker}"}`;
const up = (name: string) => `up{${pod(name)}}`;
const since = (name: string) => `comapi_webhook_sink_unavailable_since_timestamp_seconds{${pod(name)}}`;

/**
 * Pods that are not ready from the fifth minute on. Each pod runs for some hours and reports metrics only while it
 * exists.
 */
const replacedInOutage = {
  [ready('a')]: '1x5 0x90 stale',
  [ready('b')]: '_x95 0x20 stale',
  [ready('c')]: '_x116 0x200',
};

const started = (name: string) => `process_start_time_seconds{${pod(name)}}`;
const memory = (name: string, bytes: number, limit: number) => ({
  [`process_resident_memory_bytes{${pod(name)}}`]: `${bytes}x40`,
  [`comapi_webhook_memory_limit_bytes{${pod(name)}}`]: `${limit}x40`,
});

/** A pod that is killed every ten minutes, is absent for one minute each time, and is otherwise ready. */
const outOfMemory = (name: string) => ({
  [ready(name)]: Array.from({ length: 8 }, () => '1x8 stale').join(' '),
  [started(name)]: Array.from({ length: 8 }, (_, life) => `${life * 600}x8 stale`).join(' '),
});

/** A pod that exists for some samples and is then removed. */
const livesFor = (name: string, from: number, samples: number) => ({
  [ready(name)]: `${from > 0 ? `_x${from} ` : ''}1x${samples - 1} stale`,
  [started(name)]: `${from > 0 ? `_x${from} ` : ''}${from * 600}x${samples - 1} stale`,
});

/** Pods that replace each other. Each pod exists for the same number of samples. */
const lives = (place: string, { count, samples }: { count: number; samples: number }) =>
  Object.assign(
    {},
    ...Array.from({ length: count }, (_, index) => livesFor(`${place}${index}`, index * samples, samples)),
  );

/** Number of deliveries that each of three ready pods gets per minute. */
const shares = (...perMinute: readonly number[]) =>
  Object.fromEntries(
    perMinute.flatMap((more, index) => [
      [ready(`pod-${index}`), '1x200'],
      [requests('ok', pod(`pod-${index}`)), `0+${more}x200`],
    ]),
  );

export const podCases: AlertCases = {
  ComapiWebhookPodRestarts: [
    {
      what: 'one pod runs out of memory every ten minutes, and is ready in between',
      series: { ...outOfMemory('a'), [ready('b')]: '1x80', [started('b')]: '0x80' },
      at: '70m',
      fires: labels,
    },
    {
      what: 'both pods are ended and replaced every ten minutes',
      series: { ...lives('a', { count: 36, samples: 1 }), ...lives('b', { count: 36, samples: 1 }) },
      interval: '10m',
      at: '3h',
      fires: labels,
    },
    {
      what: 'a filter',
      series: {
        [filterReady('f')]: '1x80',
        [started('f')]: '0x10 600x10 1200x10 1800x10 2400x10 3000x10 3600x20',
      },
      at: '70m',
      fires: labels,
    },
    {
      what: 'a roll-out, one restart of a container, and a process of somebody else that is started often',
      series: {
        [ready('a')]: '1x20 stale',
        [started('a')]: '0x20 stale',
        [ready('b')]: '_x20 1x60',
        [started('b')]: '_x20 1200x20 2400x40',
        [started('database')]: '0+60x80',
      },
      silentUntil: '80m',
    },
    {
      what: 'eight roll-outs in a day',
      series: { ...lives('a', { count: 16, samples: 18 }), ...lives('b', { count: 16, samples: 18 }) },
      interval: '10m',
      silentUntil: '47h',
    },
    {
      what: 'an autoscaler adds three pods to two for half an hour of every two hours',
      series: {
        [ready('a')]: '1x300',
        [started('a')]: '0x300',
        [ready('b')]: '1x300',
        [started('b')]: '0x300',
        ...Object.assign(
          {},
          ...Array.from({ length: 24 * 3 }, (_, index) =>
            livesFor(`more-${index}`, 12 * Math.floor(index / 3), 3),
          ),
        ),
      },
      interval: '10m',
      silentUntil: '47h',
    },
  ],
  ComapiWebhookPodIdle: [
    {
      what: 'no request reaches one of three ready pods',
      series: shares(10, 10, 0),
      at: '80m',
      fires: { ...labels, instance: 'pod-2' },
    },
    {
      what: 'one gets less than the others',
      series: shares(10, 10, 1),
      silentUntil: '190m',
    },
    {
      what: 'little comes at all, by one connection',
      series: shares(1, 0, 0),
      silentUntil: '190m',
    },
    {
      what: 'a pod is there for half an hour, and one is not ready',
      series: {
        ...shares(10, 10),
        [ready('new')]: '_x150 1x30',
        [requests('ok', pod('new'))]: '_x150 0x30',
        [ready('sick')]: '0x200',
        [requests('ok', pod('sick'))]: '0x200',
      },
      silentUntil: '180m',
    },
  ],
  ComapiWebhookNearLimit: [
    {
      what: '95 % of the memory',
      series: memory('a', 95, 100),
      at: '15m',
      fires: { ...labels, instance: 'a', limit: 'memory' },
    },
    {
      what: 'half of the memory, and a pod without a limit',
      series: { ...memory('a', 50, 100), ...memory('b', 95, 0) },
      silentUntil: '30m',
    },
    {
      what: 'a quota of Kafka holds one connection back for half of the time',
      series: { [throttled('a', 1)]: '0+30x60' },
      at: '40m',
      fires: { ...labels, instance: 'a', limit: 'a quota of Kafka' },
    },
    {
      what: 'twelve ways from pods to brokers, each held back for a twentieth of the time',
      series: Object.fromEntries(
        Array.from({ length: 12 }, (_, way) => [throttled(`p${way % 4}`, way % 3), '0+3x60']),
      ),
      silentUntil: '60m',
    },
    {
      what: '90 % of the requests',
      series: inFlight(900, 0),
      at: '11m',
      fires: { ...labels, instance: 'a', limit: 'requests in flight' },
    },
    {
      what: '90 % of the bytes',
      series: inFlight(1, 900_000),
      at: '11m',
      fires: { ...labels, instance: 'a', limit: 'bytes in flight' },
    },
  ],
  ComapiWebhookNoneReady: [
    {
      what: 'both pods are not ready',
      series: { [ready('a')]: '1x5 0x20', [ready('b')]: '0x25' },
      at: '12m',
      fires: labels,
    },
    {
      what: 'one pod is ready',
      series: { [ready('a')]: '1x25', [ready('b')]: '0x25' },
      silentUntil: '20m',
    },
    {
      what: 'the store rejects writes: that is another alert',
      series: { [ready('a')]: '0x25', [since('a')]: '1x25' },
      silentUntil: '25m',
    },
  ],
  ComapiWebhookPodDown: [
    {
      what: 'one pod is not ready for longer than a roll-out takes',
      series: { [ready('a')]: '1x25', [ready('b')]: '0x25' },
      at: '16m',
      fires: { ...labels, instance: 'b' },
    },
    {
      what: 'none is: that is another alert',
      series: { [ready('a')]: '0x25', [ready('b')]: '0x25' },
      silentUntil: '25m',
    },
    {
      what: 'one pod of three hangs',
      series: { [ready('a')]: '1x40', [ready('b')]: '1x10 stale', [up('a')]: '1x40', [up('b')]: '1x10 0x30' },
      at: '27m',
      fires: { ...labels, instance: 'b' },
    },
    {
      what: 'a filter hangs',
      series: { [filterReady('f')]: '1x10 stale', [up('f')]: '1x10 0x30' },
      at: '27m',
      fires: { ...labels, instance: 'f' },
    },
    {
      what: 'one of two filters does not become ready',
      series: { [filterReady('f')]: '0x40', [filterReady('g')]: '1x40' },
      at: '20m',
      fires: { ...labels, instance: 'f' },
    },
    {
      what: 'one of two filters restores its states for some minutes, and a pod starts',
      series: {
        [filterReady('f')]: '0x10 1x40',
        [filterReady('g')]: '1x50',
        [ready('a')]: '1x50',
        [ready('b')]: '0x2 1x48',
      },
      silentUntil: '50m',
    },
    {
      what: 'targets of others are down, and one of ours for some minutes',
      series: { [ready('a')]: '1x40', [up('a')]: '1x10 0x8 1x22', [up('database')]: '0x40' },
      silentUntil: '40m',
    },
  ],
  ComapiWebhookAbsent: [
    {
      what: 'all receivers go away',
      series: { [ready('a')]: '1x20 stale', [ready('b')]: '1x22 stale' },
      at: '40m',
      fires: labels,
    },
    {
      what: 'a cluster that is scraped hides no other one',
      series: { [ready('a', 'east')]: '1x60', [ready('a', 'west')]: '1x20 stale' },
      at: '40m',
      fires: { ...labels, cluster: 'west' },
    },
    {
      what: 'pods are replaced by others',
      series: { [ready('a')]: '1x20 stale', [ready('b')]: '_x21 1x40' },
      silentUntil: '60m',
    },
    {
      what: 'nothing that is selected was ever there',
      series: { [`comapi_webhook_filter_ready{${target}}`]: '1x60' },
      at: '20m',
      fires: {},
    },
  ],
  ComapiWebhookNoneReadyForHours: [
    {
      what: 'no pod has been ready for two hours, in which pods were replaced',
      series: replacedInOutage,
      at: '131m',
      fires: labels,
    },
    {
      what: 'they go away, and there is none any more',
      series: { [ready('a')]: '1x30 stale' },
      at: '157m',
      fires: labels,
    },
    {
      what: 'a new Prometheus finds an outage of three hours',
      series: { [ready('a')]: '_x180 0x30', [since('a')]: '_x180 600x30' },
      at: '190m',
      fires: labels,
    },
    {
      what: 'the store is unavailable, and the pods stay ready',
      series: {
        [ready('a')]: '1x220',
        [ready('b')]: '1x220',
        [since('a')]: '0x5 300x215',
        [since('b')]: '0x5 300x215',
      },
      at: '131m',
      fires: labels,
    },
    {
      what: 'one of two ready pods has no way to the store',
      series: { [ready('a')]: '1x220', [ready('b')]: '1x220', [since('a')]: '1x220', [since('b')]: '0x220' },
      silentUntil: '200m',
    },
    {
      what: 'the store hangs, and a pod that nobody tries says that it is up',
      series: { ...hangs('0+1x20 20x200', 200), [ready('a')]: '1x220', [ready('b')]: '1x220' },
      at: '180m',
      fires: labels,
    },
    {
      what: 'an outage of an hour and a half, and again one a while later',
      series: { [ready('a')]: '1x5 0x90 1x3 0x90 1x10' },
      silentUntil: '190m',
    },
    {
      what: 'one of two pods is ready: it takes what the other refuses',
      series: { [ready('a')]: '0x200', [ready('b')]: '1x200' },
      silentUntil: '200m',
    },
    {
      what: 'the release is gone for more than two days',
      series: { [ready('a')]: '1x6 stale' },
      interval: '10m',
      at: '51h',
      fires: undefined,
    },
  ],
};
