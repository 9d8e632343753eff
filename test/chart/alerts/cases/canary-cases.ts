import type { AlertCases } from './alert-case.ts';

const cronJob = 'events-comapi-webhook-receiver-canary';
const stateMetrics = { namespace: 'messaging', job: 'kube-state-metrics' };

/** Returns a series of kube-state-metrics about the CronJob. */
const seriesOf = (metric: string, values: string) => ({
  [`kube_cronjob_${metric}{namespace="messaging",job="kube-state-metrics",cronjob="${cronJob}"}`]: values,
});
const created = (values: string) => seriesOf('created', values);
const succeeded = (values: string) => seriesOf('status_last_successful_time', values);

export const canaryCases: AlertCases = {
  ComapiWebhookCanaryMissing: [
    {
      what: 'the last good run was an hour ago',
      series: { ...created('0x120'), ...succeeded('_x14 900x100') },
      at: '75m',
      fires: stateMetrics,
    },
    {
      what: 'no run has ever succeeded',
      series: created('0x120'),
      at: '52m',
      fires: stateMetrics,
    },
    {
      what: 'there is no kube-state-metrics',
      series: { up: '1x20' },
      at: '10m',
      fires: { namespace: 'messaging', cronjob: cronJob },
    },
    {
      what: 'a run succeeds every quarter of an hour',
      series: {
        ...created('0x120'),
        ...succeeded('_x14 900x14 1800x14 2700x14 3600x14 4500x14 5400x14 6300x14'),
      },
      silentUntil: '118m',
    },
    {
      what: 'two runs in a row fail',
      series: { ...created('0x120'), ...succeeded('_x14 900x44 3600x30') },
      silentUntil: '84m',
    },
    {
      what: 'the release has been there for half an hour',
      series: created('0x44'),
      silentUntil: '44m',
    },
  ],
};
