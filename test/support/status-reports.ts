import type { FilterReport, ReceiverReport } from '../../src/observe/status/status-report.ts';

const process = {
  version: '1.2.3',
  host: 'webhook-0',
  startedAt: '2026-01-01T09:00:00.000Z',
  at: '2026-01-01T10:17:00.000Z',
  ready: true,
  checks: [{ name: 'lifecycle', ok: true, detail: '' }],
};

const perMinute = (count: (minute: number) => number) =>
  Array.from({ length: 60 }, (_, minute) => count(minute));

/** The status report of a receiver without any problem. */
export const wellReceiver: ReceiverReport = {
  process: 'receiver',
  headline: { id: 'storing', tone: 'good', text: 'Deliveries are stored.' },
  otherProblems: [],
  ...process,
  inFlight: { requests: 1, bytes: 2_048 },
  lastHour: {
    from: '2026-01-01T09:18:00.000Z',
    accepted: perMinute((minute) => 20 + (minute % 7)),
    rejected: perMinute(() => 0),
    unavailable: perMinute(() => 0),
    other: perMinute(() => 0),
  },
  deliveries: [
    {
      at: '2026-01-01T10:16:00.000Z',
      webhook: 'shop',
      status: 200,
      reason: 'ok',
      events: 3,
      durationMs: 7.4,
    },
  ],
  registrations: [
    {
      name: 'shop',
      path: '/webhook',
      lastAcceptedAt: '2026-01-01T10:16:00.000Z',
      minutes: 'a'.repeat(60),
      eventsPerMinute: 61.4,
      secrets: [
        {
          label: 'current',
          verified: 1_204,
          firstVerifiedAt: '2026-01-01T09:00:03.000Z',
          lastVerifiedAt: '2026-01-01T10:16:00.000Z',
        },
      ],
    },
  ],
  store: {
    kind: 'kafka',
    up: true,
    detail: '',
    latency: { meanMs: 4.2, maxMs: 31 },
    circuits: [{ to: '1', state: 'closed' }],
    queuedRecords: 0,
    topics: [{ topic: 'comapi.events', verdict: 'ok', findings: [] }],
  },
  deadLetters: { recent: 0 },
  ledger: { received: 3_612, settled: 3_612 },
  readBack: {},
};

export const wellFilter: FilterReport = {
  process: 'filter',
  headline: { id: 'filtering', tone: 'good', text: 'Events are filtered.' },
  otherProblems: [],
  ...process,
  group: 'comapi-webhook-filter',
  topics: {
    events: 'comapi.events',
    latest: 'comapi.events.latest',
    deadLetter: 'comapi.events.dead-letter',
  },
  partitions: [
    { partition: 0, state: 'running', lag: 12, entities: 3_400 },
    { partition: 1, state: 'running', lag: 0, entities: 2_900 },
  ],
  recordsPerMinute: 1_270,
};
