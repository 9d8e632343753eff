import { type AlertCase, labels, pod, target } from './alert-case.ts';

const ready = (name: string, cluster?: string) => `comapi_webhook_ready{${pod(name, cluster)}}`;
const inFlight = (requestCount: number, bytes: number) => ({
  [`comapi_webhook_in_flight_requests{${pod('a')}}`]: `${requestCount}x20`,
  [`comapi_webhook_in_flight_requests_limit{${pod('a')}}`]: '1000x20',
  [`comapi_webhook_in_flight_bytes{${pod('a')}}`]: `${bytes}x20`,
  [`comapi_webhook_in_flight_bytes_limit{${pod('a')}}`]: '1000000x20',
});

export const podCases: readonly AlertCase[] = [
  {
    alert: 'ComapiWebhookNoneReady',
    what: 'both pods are not ready',
    series: { [ready('a')]: '1x5 0x20', [ready('b')]: '0x25' },
    at: '10m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookNoneReady',
    what: 'a ready cluster hides no other one',
    series: { [ready('a', 'east')]: '1x25', [ready('a', 'west')]: '0x25' },
    at: '10m',
    fires: { ...labels, cluster: 'west' },
  },
  {
    alert: 'ComapiWebhookNoneReady',
    what: 'one pod is ready',
    series: { [ready('a')]: '1x25', [ready('b')]: '0x25' },
    at: '20m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookNotReady',
    what: 'one pod is not ready for longer than a roll-out takes',
    series: { [ready('a')]: '1x25', [ready('b')]: '0x25' },
    at: '6m',
    fires: { ...labels, instance: 'b' },
  },
  {
    alert: 'ComapiWebhookNotReady',
    what: 'a pod starts',
    series: { [ready('b')]: '0x2 1x25' },
    at: '20m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookAbsent',
    what: 'all receivers go away',
    series: { [ready('a')]: '1x20 stale', [ready('b')]: '1x22 stale' },
    at: '40m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookAbsent',
    what: 'a cluster that is scraped hides no other one',
    series: { [ready('a', 'east')]: '1x60', [ready('a', 'west')]: '1x20 stale' },
    at: '40m',
    fires: { ...labels, cluster: 'west' },
  },
  {
    alert: 'ComapiWebhookAbsent',
    what: 'pods are replaced by others',
    series: { [ready('a')]: '1x20 stale', [ready('b')]: '_x21 1x40' },
    at: '60m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookAbsent',
    what: 'there never was one',
    series: { [`comapi_webhook_filter_ready{${target}}`]: '1x60' },
    at: '60m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookAbsent',
    what: 'the last one went more than a day ago',
    series: { [ready('a')]: '1x10 stale' },
    interval: '10m',
    at: '28h',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookNeverScraped',
    what: 'nothing that is selected is there',
    series: { [`comapi_webhook_filter_ready{${target}}`]: '1x60' },
    at: '40m',
    fires: {},
  },
  {
    alert: 'ComapiWebhookNeverScraped',
    what: 'the last one went an hour ago: that is another alert',
    series: { [ready('a')]: '1x20 stale' },
    at: '80m',
    fires: 'never',
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
    at: '20m',
    fires: 'never',
  },
];
