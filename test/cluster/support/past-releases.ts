import type { Values } from '../../chart/support/render.ts';

/** A commit of this history whose chart people may run. Program and chart were 0.1.0 in all of them. */
export interface PastRelease {
  readonly commit: string;
  readonly what: string;
  /** As its users set them, beside those that every release of these tests has. */
  readonly values: Values;
  /** The same in today's names. */
  readonly renamed: Values;
  /** Names that today's chart refuses. */
  readonly gone: readonly string[];
}

const store = [{ ipBlock: { cidr: '0.0.0.0/0' } }];
const publicUrl = 'https://events.example.com';
const revisionFilter = { enabled: true };
const kafkaOnly = { restrictEgress: true, kafkaTo: store, kafkaPorts: [9093] };
const anyStore = { restrictEgress: true, storeTo: store, storePorts: [9093] };
const scraped = { ...anyStore, metricsFrom: [{ namespaceSelector: {} }] };

export const pastReleases: readonly PastRelease[] = [
  {
    commit: 'dfa36a9',
    what: 'the first with a chart and an image',
    values: {
      registration: { baseUrl: publicUrl, secretKey: 'current' },
      // The program had no filter yet: its chart's would not start.
      revisionFilter: { windowHours: 72 },
      // It restricted egress whenever it was enabled.
      networkPolicy: { enabled: true, kafkaTo: store, kafkaPorts: [9093] },
    },
    renamed: {
      publicUrl,
      webhooks: [{ existingSecret: 'signing', secretKey: 'current' }],
      revisionFilter: { enabled: true, window: '72h' },
      networkPolicy: anyStore,
    },
    gone: ['baseUrl', 'secretKey', 'windowHours', 'kafkaTo', 'kafkaPorts'],
  },
  {
    commit: '76ca5d2',
    what: 'whose filter has the same group for every topic',
    values: { registration: { baseUrl: publicUrl }, revisionFilter, networkPolicy: kafkaOnly },
    renamed: {
      publicUrl,
      revisionFilter: { enabled: true, filters: [{ groupId: 'comapi-webhook-filter' }] },
      networkPolicy: anyStore,
    },
    gone: ['baseUrl', 'kafkaTo', 'kafkaPorts'],
  },
  {
    commit: '36a9eea',
    what: 'the last that stored on Kafka only',
    values: { revisionFilter, networkPolicy: kafkaOnly },
    renamed: { revisionFilter, networkPolicy: anyStore },
    gone: ['kafkaTo', 'kafkaPorts'],
  },
  {
    commit: 'ed28f87',
    what: 'one with an alert for each burn rate',
    values: {
      revisionFilter,
      networkPolicy: scraped,
      serviceMonitor: { enabled: true },
      prometheusRule: {
        enabled: true,
        disabledAlerts: ['ComapiWebhookErrorBudgetLongBurn'],
        alerts: { ComapiWebhookStoreUnavailableForHours: { hours: 3 } },
      },
    },
    renamed: {
      revisionFilter,
      networkPolicy: scraped,
      monitor: { kind: 'ServiceMonitor' },
      prometheusRule: {
        enabled: true,
        alerts: {
          ComapiWebhookErrorBudgetBurn: { enabled: false },
          ComapiWebhookNoneReadyForHours: { hours: 3 },
        },
      },
    },
    gone: ['ComapiWebhookStoreUnavailableForHours'],
  },
];
