import { type AlertCases, labels, pod } from './alert-case.ts';

const ready = (name: string) => `comapi_webhook_filter_ready{${pod(name)}}`;
const lag = `comapi_webhook_filter_lag_records{${pod('a')},partition="0"}`;
const forwarded = `comapi_webhook_filter_records_total{${pod('a')},outcome="forwarded"}`;
const resets = `comapi_webhook_filter_log_resets_total{${pod('a')},reason="topic_recreated"}`;

export const filterCases: AlertCases = {
  ComapiWebhookFilterLag: [
    {
      what: 'it needs ten minutes to catch up',
      series: { [lag]: '6000x30', [forwarded]: '0+600x30' },
      at: '20m',
      fires: labels,
    },
    {
      what: 'it has filtered nothing for a quarter of an hour, and some wait',
      series: { [lag]: '0x5 282x40', [forwarded]: '9x45' },
      at: '35m',
      fires: labels,
    },
    {
      what: 'nothing comes',
      series: { [lag]: '0x60', [forwarded]: '9x60' },
      silentUntil: '60m',
    },
    {
      what: 'it has just started, and restores its states',
      series: { [lag]: '9000x16 0x30', [forwarded]: '0x14 9000x32' },
      silentUntil: '45m',
    },
    {
      what: 'a large backlog, soon worked off',
      series: { [lag]: '6000x30', [forwarded]: '0+6000x30' },
      silentUntil: '30m',
    },
    {
      what: 'none has its state',
      series: { [ready('a')]: '0x30' },
      at: '11m',
      fires: labels,
    },
    {
      what: 'all are gone',
      series: { [ready('a')]: '1x10 stale' },
      at: '25m',
      fires: labels,
    },
    {
      what: 'one of two is restoring',
      series: { [ready('a')]: '0x30', [ready('b')]: '1x30' },
      silentUntil: '30m',
    },
  ],
  ComapiWebhookFilterLogReset: [
    {
      what: 'the events topic was recreated',
      series: { [resets]: '0x10 3x20' },
      at: '15m',
      fires: { ...labels, reason: 'topic_recreated' },
    },
    {
      what: 'it was long ago',
      series: { [resets]: '3x40' },
      silentUntil: '40m',
    },
  ],
};
