import { type AlertCase, labels, lastAccepted, pod, requests, target } from './alert-case.ts';

/** Samples of ten minutes: deliveries for seven days and two hours, then none. */
const thenNone = { [requests('200')]: '0+10x1020 10200x60', [lastAccepted(target)]: '0+600x1020 612000x60' };

export const silenceCases: readonly AlertCase[] = [
  {
    alert: 'ComapiWebhookSilent',
    what: 'the last delivery came seven hours ago, pods were replaced since',
    series: {
      [lastAccepted(pod('a'))]: '0 60x120 stale',
      [lastAccepted(pod('b'))]: '_x120 0x180 stale',
      [lastAccepted(pod('c'))]: '_x300 0x150',
    },
    at: '420m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookSilent',
    what: 'it was never called',
    series: { [lastAccepted(pod('a'))]: '0x450' },
    at: '420m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookSilent',
    what: 'a cluster that is called hides no other one',
    series: {
      [lastAccepted(pod('a', 'east'))]: '0+60x450',
      [lastAccepted(pod('a', 'west'))]: '0 60x450',
    },
    at: '420m',
    fires: { ...labels, cluster: 'west', webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookSilent',
    what: 'the pod that accepted five hours ago is gone',
    series: {
      [lastAccepted(pod('a'))]: '0x119 7200 7200x30 stale',
      [lastAccepted(pod('b'))]: '_x150 0x300',
    },
    at: '420m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSilent',
    what: 'it is known for five hours only',
    series: { [lastAccepted(pod('a'))]: '0x300' },
    at: '300m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSilent',
    what: 'another registration, for which nobody asked',
    series: { [lastAccepted(pod('a'), 'seldom')]: '0x450', [lastAccepted(pod('a'))]: '0+60x450' },
    at: '450m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookQuieterThanLastWeek',
    what: 'nothing for two hours, in which a delivery a minute came a week ago',
    series: thenNone,
    interval: '10m',
    at: '173h',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookQuieterThanLastWeek',
    what: 'two hours have not gone by',
    series: thenNone,
    interval: '10m',
    at: '171h',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookQuieterThanLastWeek',
    what: 'a week ago it was as quiet at this time',
    series: {
      [requests('200')]: '0x60 0+10x960 9600x60',
      [lastAccepted(target)]: '0x60 36600+600x960 612000x60',
    },
    interval: '10m',
    at: '175h',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookQuieterThanLastWeek',
    what: 'a week ago there were a few',
    series: {
      [requests('200')]: '0+1x1020 1020x60',
      [lastAccepted(target)]: '0+600x1020 612000x60',
    },
    interval: '10m',
    at: '175h',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookQuieterThanLastWeek',
    what: 'a week ago there were canaries only',
    series: {
      [`comapi_webhook_requests_total{${target},webhook="default",status="200",reason="canary"}`]:
        '0+10x1080',
      [lastAccepted(target)]: '0x1080',
    },
    interval: '10m',
    at: '175h',
    fires: 'never',
  },
];
