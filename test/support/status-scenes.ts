import { decideReceiverHeadline } from '../../src/observe/status/receiver-states.ts';
import type { DeliveryReport, ReceiverReport } from '../../src/observe/status/status-report.ts';
import { signatureAdvice } from '../../src/webhook/explain/signature-cause.ts';
import { wellReceiver } from './status-reports.ts';

const at = Date.parse(wellReceiver.at);
const iso = (secondsBefore: number) => new Date(at - 1_000 * secondsBefore).toISOString();
const minutes = (count: (minute: number) => number) =>
  Array.from({ length: 60 }, (_, minute) => count(minute));
/** Returns a pseudo-random number that is the same in every run. */
const noise = (minute: number, most: number) =>
  Math.floor(((Math.sin(minute * 12.9898) * 43_758.5453) % 1) ** 2 * most);

const deliver = (index: number, more: Partial<DeliveryReport> = {}): DeliveryReport => ({
  at: iso(1 + index * 3.1),
  webhook: index % 5 === 3 ? 'chat' : 'shop',
  status: 200,
  reason: 'ok',
  events: 1 + noise(index, 40),
  durationMs: 4 + noise(index + 7, 90) / 10,
  ...more,
});

const secret = (label: string, verified: number) => ({
  label,
  verified,
  firstVerifiedAt: wellReceiver.startedAt,
  lastVerifiedAt: iso(2),
});

const shop = {
  name: 'shop',
  path: '/webhook/shop',
  lastAcceptedAt: iso(1),
  minutes: 'a'.repeat(60),
  eventsPerMinute: 412.6,
  secrets: [secret('current', 18_204), { label: 'previous', verified: 0 }],
};
const chat = {
  name: 'chat',
  path: '/webhook/chat',
  lastAcceptedAt: iso(10),
  minutes: 'aaa.aaaaaa.aaaaaaaa..aaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaa.aaaaa'.padEnd(60, 'a'),
  eventsPerMinute: 37.2,
  secrets: [secret('current', 2_310)],
};

const disk = { freeBytes: 41 * 1024 ** 3, sizeBytes: 64 * 1024 ** 3 };

const well: ReceiverReport = {
  ...wellReceiver,
  lastHour: {
    ...wellReceiver.lastHour,
    accepted: minutes((minute) => 14 + Math.round(6 * Math.sin(minute / 7)) + noise(minute, 9)),
  },
  deliveries: Array.from({ length: 50 }, (_, index) => deliver(index)),
  registrations: [shop, chat],
  store: {
    ...wellReceiver.store,
    circuits: [1, 2, 3].map((broker) => ({ to: String(broker), state: 'closed' })),
    topics: ['comapi.events', 'comapi.events.dead-letter'].map((topic) => ({
      topic,
      verdict: 'ok',
      findings: [],
    })),
  },
  spool: {
    problem: undefined,
    bytes: 0,
    limitBytes: 1024 ** 3,
    oldestReceivedAt: undefined,
    disk,
  },
  checks: ['sink', 'secrets', 'read-back', 'lifecycle'].map((name) => ({ name, ok: true, detail: '' })),
};

const cause = 'secret_of_other_webhook';
const rejected = {
  ...well,
  lastHour: { ...well.lastHour, rejected: minutes((minute) => (minute < 43 ? 0 : 3 + noise(minute, 4))) },
  deliveries: well.deliveries.map((delivery) =>
    delivery.webhook === 'shop'
      ? delivery
      : {
          ...delivery,
          status: 401,
          reason: 'bad_signature',
          events: 0,
          durationMs: 0.9,
          cause,
          nextStep: signatureAdvice[cause],
        },
  ),
  registrations: [
    shop,
    {
      ...chat,
      minutes: `${chat.minutes.slice(0, 43)}m${'r'.repeat(16)}`,
      lastAcceptedAt: iso(17 * 60),
      eventsPerMinute: 0,
      secrets: [{ ...secret('current', 2_310), lastVerifiedAt: iso(17 * 60) }],
      lastRejected: { at: iso(10), cause, nextStep: signatureAdvice[cause] },
      wronglySigned: {
        since: iso(16 * 60),
        until: iso(10),
        count: 74,
        cause,
        nextStep: signatureAdvice[cause],
        ofWebhook: 'shop',
      },
    },
  ],
};

const outage = 'broker-1:9092: connect ECONNREFUSED 10.0.3.17:9092';
const spooling = {
  ...well,
  store: {
    ...well.store,
    up: false,
    detail: outage,
    latency: { meanMs: 9.2, maxMs: 31 },
    circuits: [1, 2, 3].map((broker) => ({ to: String(broker), state: 'open' })),
    queuedRecords: 31,
  },
  spool: {
    ...well.spool,
    problem: undefined,
    bytes: 905_969_664,
    limitBytes: 1024 ** 3,
    oldestReceivedAt: iso(48 * 60),
    disk,
  },
  registrations: [{ ...shop, minutes: `${'a'.repeat(12)}mm${'a'.repeat(46)}` }, chat],
  lastHour: { ...well.lastHour, unavailable: minutes((minute) => (minute === 12 || minute === 13 ? 6 : 0)) },
};

const empty = {
  ...wellReceiver,
  startedAt: iso(21),
  lastHour: { ...wellReceiver.lastHour, accepted: minutes(() => 0) },
  deliveries: [],
  registrations: [
    {
      name: 'default',
      path: '/webhook',
      minutes: '.'.repeat(60),
      eventsPerMinute: 0,
      secrets: [{ label: 'development', verified: 0 }],
    },
  ],
  store: { kind: 'journal', up: true, detail: '', circuits: [], topics: [], disk },
};

/** Status reports to look at in a browser. The headline of each report is computed from its data. */
export const scenes: Readonly<Record<'good' | 'rejected' | 'spooling' | 'empty', ReceiverReport>> = {
  good: { ...well, ...decideReceiverHeadline(well) },
  rejected: { ...rejected, ...decideReceiverHeadline(rejected) },
  spooling: { ...spooling, ...decideReceiverHeadline(spooling) },
  empty: { ...empty, ...decideReceiverHeadline(empty) },
};
