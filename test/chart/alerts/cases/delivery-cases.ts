import { type AlertCases, labels, pod, requests, target } from './alert-case.ts';

const durations = (slow: number, all = 100) => ({
  [`comapi_webhook_request_duration_seconds_bucket{${target},webhook="default",le="5"}`]: `0+${all - slow}x60`,
  [`comapi_webhook_request_duration_seconds_bucket{${target},webhook="default",le="8"}`]: `0+${all}x60`,
  [`comapi_webhook_request_duration_seconds_bucket{${target},webhook="default",le="+Inf"}`]: `0+${all}x60`,
  [`comapi_webhook_request_duration_seconds_count{${target},webhook="default"}`]: `0+${all}x60`,
});

const readyPod = { [`comapi_webhook_ready{${pod('a')}}`]: '1x900' };

const misdirected = `comapi_webhook_misdirected_deliveries_total{${target}}`;

export const deliveryCases: AlertCases = {
  ComapiWebhookRefusedForHours: [
    {
      what: 'one partition of twelve rejects writes for nine hours',
      series: { ...readyPod, [requests('ok')]: '0+110x600', [requests('sink_timeout')]: '0+10x600' },
      at: '580m',
      fires: labels,
    },
    {
      what: 'seven hours, and then it is fixed',
      series: { ...readyPod, [requests('ok')]: '0+110x700', [requests('sink_timeout')]: '0+10x420 4200x280' },
      silentUntil: '700m',
    },
    {
      what: 'a few are refused all day, and nothing comes in the night: nobody knows of the morning',
      series: {
        ...readyPod,
        [requests('ok')]: '0+0.1x500 50x400',
        [requests('sink_timeout')]: '0x60 0+0.1x440 44x400',
      },
      at: '800m',
      fires: undefined,
    },
    {
      what: 'no pod is ready: that is another page',
      series: {
        [`comapi_webhook_ready{${pod('a')}}`]: '0x900',
        [requests('ok')]: '0x600',
        [requests('sink_timeout')]: '0+10x600',
      },
      silentUntil: '590m',
    },
    {
      what: 'unauthenticated clients tear their bodies for a day',
      series: { ...readyPod, [requests('ok')]: '0+1x900', [requests('aborted')]: '0+10x900' },
      silentUntil: '900m',
    },
  ],
  ComapiWebhookTurnedAway: [
    {
      what: 'one large delivery is repeated by the provider, and one in six hears 413',
      series: {
        [requests('ok')]: '0+0.01x400',
        [requests('too_large')]: '0x10 8x30 9x60 10x60 11x100 12x100',
      },
      at: '250m',
      fires: { ...labels, webhook: 'default', reason: 'too_large' },
    },
    {
      what: 'the receivers are overloaded for a quarter of an hour',
      series: { [requests('ok')]: '0+100x60', [requests('overloaded')]: '0x20 0+10x15 150x60' },
      at: '40m',
      fires: { ...labels, webhook: 'default', reason: 'overloaded' },
    },
    {
      what: 'the provider posts to a wrong path, and repeats',
      series: { [misdirected]: '0x10 1x20 2x20 3x60 4x60' },
      at: '60m',
      fires: { ...labels, reason: 'wrong_path' },
    },
    {
      what: 'one guess of an unauthenticated client a day',
      series: { [misdirected]: '0x100 1x1440 2x200' },
      silentUntil: '1700m',
    },
    {
      what: 'an unauthenticated client tries a large body now and then, and is refused for his signature all day',
      series: {
        [requests('too_large')]: '0x100 1x200 2x200 3x200',
        [requests('bad_signature')]: '0+5x700',
        [requests('sink_timeout')]: '0+5x700',
      },
      silentUntil: '700m',
    },
  ],
  ComapiWebhookSlowAnswers: [
    {
      what: '2 % of the answers take more than 5 s',
      series: durations(2),
      at: '25m',
      fires: labels,
    },
    {
      what: 'none does',
      series: durations(0),
      silentUntil: '60m',
    },
    {
      what: 'half of them, at two deliveries a minute',
      series: durations(1, 2),
      silentUntil: '60m',
    },
  ],
  ComapiWebhookErrorBudgetBurn: [
    {
      what: '2 % of the deliveries are refused',
      series: { [requests('ok')]: '0+980x90', [requests('sink_timeout')]: '0+20x90' },
      at: '70m',
      fires: labels,
    },
    {
      what: 'the pods that refuse have started with the outage',
      series: {
        [requests('ok', pod('a'))]: '0+10x60 stale',
        [requests('sink_timeout', pod('a'))]: '0x60 stale',
        [requests('ok', pod('b'))]: '_x60 0x30',
        [requests('sink_timeout', pod('b'))]: '_x60 0+10x30',
      },
      at: '80m',
      fires: labels,
    },
    {
      what: 'one 503 at one delivery a minute',
      series: { [requests('ok')]: '0+1x200', [requests('sink_timeout')]: '0x60 1x140' },
      silentUntil: '200m',
    },
    {
      what: 'a rolling outage is over: the short window has calmed down',
      series: { [requests('ok')]: '0+900x90', [requests('sink_timeout')]: '0+100x50 5000x40' },
      at: '85m',
      fires: undefined,
    },
    {
      what: 'unauthenticated clients sign wrongly, tear their bodies, and fill what may be in flight: neither good nor bad',
      series: {
        [requests('ok')]: '0+1x90',
        [requests('bad_signature')]: '0+9000x90',
        [requests('aborted')]: '0+20x90',
        [requests('overloaded')]: '0+20x90',
      },
      silentUntil: '90m',
    },
    {
      what: '1 % of the deliveries are refused for hours',
      series: { [requests('ok')]: '0+990x420', [requests('sink_timeout')]: '0+10x420' },
      at: '400m',
      fires: labels,
    },
    {
      what: '0.1 % are refused: within the objective',
      series: { [requests('ok')]: '0+999x420', [requests('sink_timeout')]: '0+1x420' },
      silentUntil: '420m',
    },
    {
      what: '0.4 % are refused for a day',
      series: { ...readyPod, [requests('ok')]: '0+9960x200', [requests('sink_timeout')]: '0+40x200' },
      interval: '10m',
      at: '30h',
      fires: labels,
    },
    {
      what: '0.4 %, and the metrics are known for half a day only',
      series: {
        [`comapi_webhook_ready{${pod('a')}}`]: '1x72',
        [requests('ok')]: '0+9960x72',
        [requests('sink_timeout')]: '0+40x72',
      },
      interval: '10m',
      silentUntil: '12h',
    },
    {
      what: '0.15 % are refused for three days',
      series: { ...readyPod, [requests('ok')]: '0+9985x500', [requests('sink_timeout')]: '0+15x500' },
      interval: '10m',
      at: '80h',
      fires: labels,
    },
    {
      what: 'ten minutes of an outage, for hours after it',
      series: { ...readyPod, [requests('ok')]: '0+1000x500', [requests('sink_timeout')]: '0x450 1000x50' },
      interval: '10m',
      at: '78h',
      fires: undefined,
    },
    {
      what: '0.05 %: the budget is there to be used',
      series: { ...readyPod, [requests('ok')]: '0+9995x500', [requests('sink_timeout')]: '0+5x500' },
      interval: '10m',
      silentUntil: '80h',
    },
  ],
};
