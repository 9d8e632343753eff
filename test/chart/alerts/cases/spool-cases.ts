import { type AlertCase, labels, pod } from './alert-case.ts';

/** As the Prometheus operator labels a pod's metrics: the address is another one after each restart. */
const ofPod = (name: string, address: string) => `${pod(address)},pod="${name}"`;
const spool = (field: string, where: string) => `comapi_webhook_spool_${field}{${where}}`;
const produced = (store: string, where: string) => `comapi_webhook_${store}_produced_records_total{${where}}`;
const records = (name: string, address: string) => spool('records', ofPod(name, address));

export const spoolCases: readonly AlertCase[] = [
  {
    alert: 'ComapiWebhookSpoolNotEmpty',
    what: 'one of two pods keeps records for a quarter of an hour',
    series: { [records('r-0', 'a')]: '0x5 12x20', [records('r-1', 'b')]: '0x25' },
    at: '22m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookSpoolNotEmpty',
    what: 'in one cluster of two',
    series: {
      [spool('records', pod('a', 'east'))]: '0x20',
      [spool('records', pod('a', 'west'))]: '3x20',
    },
    at: '16m',
    fires: { ...labels, cluster: 'west' },
  },
  {
    alert: 'ComapiWebhookSpoolNotEmpty',
    what: 'a short outage was drained after some minutes, and again',
    series: { [records('r-0', 'a')]: '0x3 500x6 0x2 900x6 0x20' },
    at: '30m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSpoolPartRefused',
    what: 'a partition without a leader takes nothing, and a broker answers for others',
    series: {
      [spool('left_behind', ofPod('r-0', 'a'))]: '0x5 1x30',
      [spool('left_behind', ofPod('r-1', 'b'))]: '0x35',
      [produced('kafka', `${ofPod('r-0', 'a')},broker="1"`)]: '0+50x35',
      [produced('kafka', `${ofPod('r-0', 'a')},broker="3"`)]: '0+50x5 250x30',
    },
    at: '22m',
    fires: { ...labels, instance: 'a', pod: 'r-0' },
  },
  {
    alert: 'ComapiWebhookSpoolPartRefused',
    what: 'Redis answers that a stream has another type, in one cluster of two',
    series: {
      [spool('left_behind', pod('a', 'west'))]: '0x5 1x30',
      [produced('redis', `${pod('a', 'west')},server="r:6379"`)]: '0+1x35',
      [spool('left_behind', pod('a', 'east'))]: '0x35',
      [produced('redis', `${pod('a', 'east')},server="r:6379"`)]: '0+1x35',
    },
    at: '22m',
    fires: { ...labels, cluster: 'west', instance: 'a' },
  },
  {
    alert: 'ComapiWebhookSpoolPartRefused',
    what: 'one queue of RabbitMQ takes nothing',
    series: {
      [spool('left_behind', pod('a'))]: '0x5 1x30',
      [produced('rabbitmq', `${pod('a')},queue="events.0"`)]: '0+20x5 100x30',
      [produced('rabbitmq', `${pod('a')},queue="events.1"`)]: '0+20x35',
    },
    at: '22m',
    fires: { ...labels, instance: 'a' },
  },
  {
    alert: 'ComapiWebhookSpoolPartRefused',
    what: 'no broker answers: all of the store is away',
    series: {
      [spool('left_behind', pod('a'))]: '0x10 12x60',
      [produced('kafka', `${pod('a')},broker="1"`)]: '0+50x10 500x60',
      [produced('kafka', `${pod('b')},broker="1"`)]: '0+50x70',
    },
    at: '70m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSpoolPartRefused',
    what: 'a partition has no leader for ten minutes, twice',
    series: {
      [spool('left_behind', pod('a'))]: '0x3 1x10 0x2 1x10 0x20',
      [produced('kafka', `${pod('a')},broker="1"`)]: '0+50x47',
    },
    at: '45m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSpoolFilling',
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
    alert: 'ComapiWebhookSpoolFilling',
    what: 'two pods together have used more than one may',
    series: {
      [spool('bytes', ofPod('r-0', 'a'))]: '600x10',
      [spool('limit_bytes', ofPod('r-0', 'a'))]: '1000x10',
      [spool('bytes', ofPod('r-1', 'b'))]: '790x10',
      [spool('limit_bytes', ofPod('r-1', 'b'))]: '1000x10',
    },
    at: '10m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSpoolLeftBehind',
    what: 'a pod with records was scaled down, and the other one goes on',
    series: { [records('r-0', 'a')]: '0x60', [records('r-1', 'b')]: '0x5 40x10 stale' },
    at: '40m',
    fires: { ...labels, pod: 'r-1' },
  },
  {
    alert: 'ComapiWebhookSpoolLeftBehind',
    what: 'the pod comes back with another address, drains, and is scaled down empty',
    series: {
      [records('r-0', 'a')]: '0x90',
      [records('r-1', 'b')]: '40x10 stale',
      [records('r-1', 'c')]: '_x16 40x5 0x10 stale',
    },
    at: '90m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSpoolLeftBehind',
    what: 'a pod with an empty spool is scaled down',
    series: { [records('r-0', 'a')]: '0x60', [records('r-1', 'b')]: '7x5 0x10 stale' },
    at: '60m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSpoolSetAside',
    what: 'a pod has set a record aside',
    series: { [spool('set_aside_records', pod('a'))]: '0x5 1x5' },
    at: '7m',
    fires: { ...labels, instance: 'a' },
  },
  {
    alert: 'ComapiWebhookSpoolSetAside',
    what: 'a spool is drained and nothing is set aside',
    series: { [spool('set_aside_records', pod('a'))]: '0x10', [records('r-0', 'a')]: '50x5 0x5' },
    at: '10m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSpoolDown',
    what: 'a pod cannot open its spool',
    series: { [spool('up', pod('a'))]: '1x5 0x20', [spool('up', pod('b'))]: '1x25' },
    at: '17m',
    fires: { ...labels, instance: 'a' },
  },
  {
    alert: 'ComapiWebhookSpoolDown',
    what: 'a new pod waits some minutes for the one that it replaces',
    series: { [spool('up', pod('a'))]: '0x8 1x20' },
    at: '20m',
    fires: 'never',
  },
];
