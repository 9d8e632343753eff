import { type AlertCase, labels, pod } from './alert-case.ts';

const missing = (where: string, name = 'message.sent') =>
  `comapi_webhook_reconcile_missing_events{${where},name="${name}"}`;
const registration = (where: string) => `comapi_webhook_reconcile_good{${where},part="registration"}`;
const last = (where: string) => `comapi_webhook_last_reconcile_timestamp_seconds{${where}}`;

/** Samples of ten minutes. */
export const reconcileCases: readonly AlertCase[] = [
  {
    what: 'events of two names are missing, and the other pods have heard of no run',
    series: {
      [last(pod('a'))]: '0x5 3600x30',
      [missing(pod('a'))]: '_x5 3x30',
      [missing(pod('a'), 'message.read')]: '_x5 4x30',
      [last(pod('b'))]: '0x35',
    },
    at: '3h',
    fires: labels,
  },
  {
    what: 'a later run, which reported to another pod, found nothing missing',
    series: {
      [last(pod('a'))]: '0x5 3600x66',
      [missing(pod('a'))]: '_x5 3x66',
      [last(pod('b'))]: '0x41 25200x30',
      [missing(pod('b'))]: '_x41 0x30',
    },
    at: '8h',
    fires: undefined,
  },
  {
    what: 'the pod that heard of the last run was replaced, and a pod of an older run is still there',
    series: {
      [last(pod('a'))]: '0x5 3600x80',
      [missing(pod('a'))]: '_x5 0x80',
      [last(pod('b'))]: '0x41 25200x10 stale',
      [missing(pod('b'))]: '_x41 5x10 stale',
    },
    at: '12h',
    fires: labels,
  },
  {
    what: 'nothing is missing',
    series: { [last(pod('a'))]: '3600x30', [missing(pod('a'))]: '0x30' },
    at: '4h',
    fires: 'never',
  },
]
  .map((each): AlertCase => ({ alert: 'ComapiWebhookEventsMissing', interval: '10m', ...each }) as AlertCase)
  .concat(
    [
      {
        what: 'the last run found another registration than was declared, and an older one, in another pod, did not',
        series: {
          [last(pod('a'))]: '0x5 3600x66',
          [registration(pod('a'))]: '_x5 1x66',
          [last(pod('b'))]: '0x41 25200x30',
          [registration(pod('b'))]: '_x41 0x30',
          [`comapi_webhook_reconcile_good{${pod('b')},part="counts"}`]: '_x41 1x30',
        },
        at: '8h',
        fires: labels,
      },
      {
        what: 'a later run found it as declared, although events are missing',
        series: {
          [last(pod('a'))]: '0x5 3600x66',
          [registration(pod('a'))]: '_x5 0x66',
          [last(pod('b'))]: '0x41 25200x30',
          [registration(pod('b'))]: '_x41 1x30',
          [`comapi_webhook_reconcile_good{${pod('b')},part="counts"}`]: '_x41 0x30',
        },
        at: '8h',
        fires: undefined,
      },
      {
        what: 'no run compares registrations',
        series: {
          [last(pod('a'))]: '3600x30',
          [`comapi_webhook_reconcile_good{${pod('a')},part="counts"}`]: '0x30',
        },
        at: '4h',
        fires: 'never',
      },
    ].map(
      (each): AlertCase =>
        ({ alert: 'ComapiWebhookRegistrationDiffers', interval: '10m', ...each }) as AlertCase,
    ),
    [
      {
        what: 'no run has ever reported',
        series: { [last(pod('a'))]: '0x140' },
        at: '20h',
        fires: labels,
      },
      {
        what: 'the last run ended yesterday, and its pod was replaced since',
        series: { [last(pod('a'))]: '3600x40 stale', [last(pod('b'))]: '_x40 0x140' },
        at: '29h',
        fires: labels,
      },
      {
        what: 'a run reports every six hours, to one pod or the other',
        series: {
          [last(pod('a'))]: '0x35 21600x71 64800x80',
          [last(pod('b'))]: '0x71 43200x71 86400x44',
        },
        at: '30h',
        fires: 'never',
      },
      {
        what: 'the receivers have been there for some hours',
        series: { [last(pod('a'))]: '0x100' },
        at: '16h',
        fires: 'never',
      },
    ].map(
      (each): AlertCase =>
        ({ alert: 'ComapiWebhookReconcileOverdue', interval: '10m', ...each }) as AlertCase,
    ),
  );
