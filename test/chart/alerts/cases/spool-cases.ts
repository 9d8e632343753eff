import { type AlertCases, labels, pod } from './alert-case.ts';

/** Labels of a pod, as the Prometheus operator sets them. `instance` changes at each restart. */
const ofPod = (name: string, address: string) => `${pod(address)},pod="${name}"`;
const spool = (field: string, where: string) => `comapi_webhook_spool_${field}{${where}}`;
/**
 * Time at which the oldest record was received, in seconds since the start of the test. The value is 0 if the spool is
 * empty.
 */
const oldest = (name: string, address: string) => spool('oldest_timestamp_seconds', ofPod(name, address));

export const spoolCases: AlertCases = {
  ComapiWebhookSpoolWaiting: [
    {
      what: 'one of two pods keeps a record for an hour',
      series: { [oldest('r-0', 'a')]: '0x5 300x80', [oldest('r-1', 'b')]: '0x85' },
      at: '70m',
      fires: { ...labels, pod: 'r-0' },
    },
    {
      what: 'outages that were drained after some minutes, again and again',
      series: { [oldest('r-0', 'a')]: '0x3 180x40 0x2 2700x40 0x20' },
      silentUntil: '100m',
    },
    {
      what: 'a pod with a record was scaled down, and the other one goes on',
      series: { [oldest('r-0', 'a')]: '0x90', [oldest('r-1', 'b')]: '0x5 300x10 stale' },
      at: '80m',
      fires: { ...labels, pod: 'r-1' },
    },
    {
      what: 'the pod comes back with another address, drains, and is scaled down empty',
      series: {
        [oldest('r-0', 'a')]: '0x120',
        [oldest('r-1', 'b')]: '60x10 stale',
        [oldest('r-1', 'c')]: '_x16 60x5 0x10 stale',
      },
      silentUntil: '110m',
    },
  ],
  ComapiWebhookSpoolFilling: [
    {
      what: 'one pod has used more than that share',
      series: {
        [spool('bytes', ofPod('r-0', 'a'))]: '850x10',
        [spool('limit_bytes', ofPod('r-0', 'a'))]: '1000x10',
        [spool('bytes', ofPod('r-1', 'b'))]: '100x10',
        [spool('limit_bytes', ofPod('r-1', 'b'))]: '1000x10',
      },
      at: '5m',
      fires: { ...labels, instance: 'a', pod: 'r-0' },
    },
    {
      what: 'two pods together have used more than one may',
      series: {
        [spool('bytes', ofPod('r-0', 'a'))]: '600x10',
        [spool('limit_bytes', ofPod('r-0', 'a'))]: '1000x10',
        [spool('bytes', ofPod('r-1', 'b'))]: '790x10',
        [spool('limit_bytes', ofPod('r-1', 'b'))]: '1000x10',
      },
      silentUntil: '10m',
    },
  ],
  ComapiWebhookSpoolUnusable: [
    {
      what: 'the disk of one of two pods fails',
      series: {
        [spool('usable', ofPod('r-0', 'a'))]: '1x5 0x15',
        [spool('usable', ofPod('r-1', 'b'))]: '1x20',
      },
      at: '15m',
      fires: { ...labels, instance: 'a', pod: 'r-0' },
    },
    {
      what: 'a pod starts and opens its spool after two minutes',
      series: { [spool('usable', ofPod('r-0', 'a'))]: '0x2 1x20' },
      silentUntil: '20m',
    },
  ],
};
