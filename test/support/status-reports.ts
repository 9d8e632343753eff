import type { FilterReport, ReceiverReport } from '../../src/observe/status/status-report.ts';

const process = {
  version: '1.2.3',
  host: 'webhook-0',
  startedAt: '2026-01-01T09:00:00.000Z',
  at: '2026-01-01T10:17:00.000Z',
  ready: true,
  checks: [{ name: 'lifecycle', ok: true, detail: '' }],
};

/** Report of a healthy receiver. */
export const wellReceiver: ReceiverReport = {
  process: 'receiver',
  headline: { tone: 'good', text: 'Deliveries are stored' },
  ...process,
  inFlight: { requests: 1, bytes: 2_048 },
  registrations: [
    {
      name: 'shop',
      path: '/webhook',
      lastAcceptedAt: '2026-01-01T10:16:00.000Z',
      own: [{ event: 'test', accepted: 12 }],
      secrets: [{ label: 'current', verified: 1_204 }],
    },
  ],
  store: {
    kind: 'kafka',
    up: true,
    detail: '',
    topics: [{ topic: 'comapi.events', verdict: 'ok', findings: [] }],
  },
  refusals: [],
};

export const wellFilter: FilterReport = {
  process: 'filter',
  headline: { tone: 'good', text: 'Events are filtered' },
  ...process,
  group: 'comapi-webhook-filter',
  topics: {
    events: 'comapi.events',
    latest: 'comapi.events.latest',
    deadLetter: 'comapi.events.dead-letter',
  },
  partitions: [
    { partition: 0, state: 'running', lag: 12, entities: 3_400 },
    { partition: 1, state: 'restoring' },
  ],
};
