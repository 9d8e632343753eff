import type { Values } from '../../chart/support/render.ts';

/** A past commit whose chart may still be in use. The program and the chart of all these commits have version 0.1.0. */
export interface PastRelease {
  readonly commit: string;
  readonly what: string;
  /** Values that users of the past chart set. These tests add the values that every release needs. */
  readonly values: Values;
  /** The same values under their current names. */
  readonly renamed: Values;
  /** Names of values that the current chart no longer accepts. */
  readonly gone: readonly string[];
}

const store = [{ ipBlock: { cidr: '0.0.0.0/0' } }];
const revisionFilter = { enabled: true };
const scraped = {
  ...{ restrictEgress: true, storeTo: store, storePorts: [9093] },
  metricsFrom: [{ namespaceSelector: {} }],
};

export const pastReleases: readonly PastRelease[] = [
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
