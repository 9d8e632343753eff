import {
  type AlertCases,
  everyTenMinutes,
  labels,
  lastAccepted,
  pod,
  requests,
  target,
} from './alert-case.ts';

/**
 * Deliveries in samples that are ten minutes apart: seven days and two hours with deliveries, followed by a period
 * without deliveries.
 */
const thenNone = { [requests('ok')]: '0+10x1020 10200x60', [lastAccepted(target)]: '0+600x1020 612000x60' };

const ready = { [`comapi_webhook_ready{${pod('a')}}`]: '1x450' };

const day = 86_400;

export const silenceCases: AlertCases = {
  ComapiWebhookQuieterThanLastWeek: everyTenMinutes([
    {
      what: 'a registration was renamed: it fires no more once no pod has it',
      series: {
        [requests('ok')]: '0+10x1020 10200x100 stale',
        [lastAccepted(target)]: '0+600x1020 612000x100 stale',
        [lastAccepted(pod('b'), 'new')]: '_x1120 672000+600x60',
      },
      at: '188h',
      fires: undefined,
    },
    {
      what: 'nothing for two hours, in which a delivery a minute came a week ago',
      series: thenNone,
      at: '173h',
      fires: { ...labels, webhook: 'default' },
    },
    {
      what: 'it goes on after a week of silence, when a week ago was as silent',
      series: {
        [requests('ok')]: '0+10x1020 10200x1500',
        [lastAccepted(target)]: '0+600x1020 612000x1500',
      },
      at: '400h',
      fires: { ...labels, webhook: 'default' },
    },
    {
      what: 'at twenty deliveries a day: nothing for twelve hours, in which ten came a week ago',
      series: {
        [requests('ok')]: '0+0.14x1080 151x150',
        [lastAccepted(target)]: '0+600x1080 648000x150',
      },
      at: '194h',
      fires: { ...labels, webhook: 'default' },
    },
    {
      what: 'two hours have not gone by',
      series: thenNone,
      silentUntil: '171h',
    },
    {
      what: 'a week ago it was as quiet at this time',
      series: {
        [requests('ok')]: '0x60 0+10x960 9600x60',
        [lastAccepted(target)]: '0x60 36600+600x960 612000x60',
      },
      silentUntil: '175h',
    },
    {
      what: 'clocks went back: all begins an hour later than a week ago',
      series: {
        [requests('ok')]: '0x59 10+10x83 840x929 850+10x20',
        [lastAccepted(target)]: '0x59 36000+600x83 85800x929 644400+600x20',
      },
      silentUntil: '182h',
    },
    {
      what: 'clocks went forward: all ends an hour earlier than a week ago, after two hours and after twelve',
      series: {
        [requests('ok')]: '0+10x60 600x898 610+10x102 1630x130',
        [lastAccepted(target)]: '0+600x60 36000x898 576000+600x102 637200x130',
      },
      silentUntil: '197h',
    },
    {
      what: 'a week ago there were a few',
      series: {
        [requests('ok')]: '0+1x1020 1020x60',
        [lastAccepted(target)]: '0+600x1020 612000x60',
      },
      silentUntil: '175h',
    },
  ]),
  ComapiWebhookSilent: [
    {
      what: 'one scrape came from a pod whose clock was a month ahead',
      series: {
        ...ready,
        [lastAccepted(pod('a'))]: '0 60x450',
        [lastAccepted(pod('b'))]: `_x30 ${30 * day} stale`,
      },
      at: '420m',
      fires: { ...labels, webhook: 'default' },
    },
    {
      what: 'a clock is an hour ahead: what its pod counts says when something came',
      series: {
        ...ready,
        [lastAccepted(pod('a'))]: '3600+60x450',
        [requests('ok', pod('a'))]: '0+1x450',
      },
      silentUntil: '450m',
    },
    {
      what: 'the last delivery came seven hours ago, pods were replaced since',
      series: {
        ...ready,
        [lastAccepted(pod('a'))]: '0 60x120 stale',
        [lastAccepted(pod('b'))]: '_x120 0x180 stale',
        [lastAccepted(pod('c'))]: '_x300 0x150',
      },
      at: '420m',
      fires: { ...labels, webhook: 'default' },
    },
    {
      what: 'it was never called',
      series: { ...ready, [lastAccepted(pod('a'))]: '0x450' },
      at: '420m',
      fires: { ...labels, webhook: 'default' },
    },
    {
      what: 'the pod that accepted five hours ago is gone',
      series: {
        ...ready,
        [lastAccepted(pod('a'))]: '0x119 7200 7200x30 stale',
        [lastAccepted(pod('b'))]: '_x150 0x300',
      },
      silentUntil: '420m',
    },
    {
      what: 'it is known for five hours only',
      series: { ...ready, [lastAccepted(pod('a'))]: '0x300' },
      silentUntil: '300m',
    },
    {
      what: 'another registration, for which nobody asked',
      series: { ...ready, [lastAccepted(pod('a'), 'seldom')]: '0x450', [lastAccepted(pod('a'))]: '0+60x450' },
      silentUntil: '450m',
    },
    {
      what: 'no pod is ready: that is another page',
      series: { [`comapi_webhook_ready{${pod('a')}}`]: '0x450', [lastAccepted(pod('a'))]: '0 60x450' },
      silentUntil: '450m',
    },
  ],
};
