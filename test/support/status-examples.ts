import { decideFilterHeadline } from '../../src/observe/status/filter-states.ts';
import { decideReceiverHeadline } from '../../src/observe/status/receiver-states.ts';
import type {
  FilterFacts,
  Headline,
  ReceiverFacts,
  RegistrationReport,
} from '../../src/observe/status/status-report.ts';
import { signatureAdvice } from '../../src/webhook/explain/signature-cause.ts';
import { wellFilter, wellReceiver } from './status-reports.ts';

/** Time of all example reports, which is 1 hour and 17 minutes after the start. */
const since = '2026-01-01T10:00:00.000Z';
const refused = { since, lossFrom: '2026-01-02T10:00:00.000Z' };
const { store, registrations } = wellReceiver;
const [shop] = registrations as [RegistrationReport];
const spool = { problem: undefined, bytes: 0, limitBytes: 1024 ** 3, oldestReceivedAt: undefined };
const away = { up: false, detail: 'broker-1:9092: connect ECONNREFUSED', unavailableSince: since };
const run = { ...refused, until: since, count: 4, isOver: false };
const full = 'The spool is full: 1040187392 of 1073741824 bytes.';
const cause = 'secret_of_other_webhook';
const draining = [{ name: 'lifecycle', ok: false, detail: 'shutting down' }];
const starting = { ready: false, startedAt: '2026-01-01T10:16:57.000Z' };
const withShop = (change: Partial<RegistrationReport>) => ({ registrations: [{ ...shop, ...change }] });
const withTopic = (change: Partial<ReceiverFacts['store']['topics'][number]>) => ({
  store: { ...store, topics: [{ topic: 'comapi.events', findings: [], ...change }] },
});
const firstVerifiedAt = shop.secrets[0]?.firstVerifiedAt;
const unusable = { label: 'next', verified: 0, problem: 'The secret "next" is empty.' };

/** For each state, the facts that put a receiver into this state and that would otherwise be healthy. */
export const receiverExamples: Readonly<Record<string, Partial<ReceiverFacts>>> = {
  record_lost: { readBack: { lost: 'comapi.events/0/41, acknowledged at 10:00:00 UTC.' } },
  ledger_unbalanced: { ledger: { received: 3_612, settled: 3_100 }, inFlight: { requests: 1, bytes: 2_048 } },
  wrong_signatures: withShop({
    wronglySigned: {
      ...{ since, until: '2026-01-01T10:16:40.000Z', count: 8, cause },
      ...{ nextStep: signatureAdvice[cause], ofWebhook: 'chat' },
    },
  }),
  store_and_spool_unavailable: { refused, store: { ...store, ...away }, spool: { ...spool, problem: full } },
  store_unavailable: { refused, store: { ...store, ...away } },
  no_usable_secret: withShop({ secrets: [unusable] }),
  certificate_expired: { certificate: { expiresAt: since } },
  topic_unusable: withTopic({ verdict: 'error', findings: ['It does not exist.'] }),
  partition_unavailable: withTopic({
    verdict: 'ok',
    problem: '1 of 6 partitions rejects records: no leader.',
  }),
  deliveries_rejected: withShop({ refused: { ...run, reason: 'sink_timeout' } }),
  deliveries_turned_away: withShop({ refused: { ...run, reason: 'overloaded' } }),
  spool_filling: { spool: { ...spool, bytes: 0.9 * spool.limitBytes } },
  not_ready: { ready: false, checks: [{ name: 'group', ok: false, detail: 'not a member.' }] },
  draining: { ready: false, checks: draining },
  starting: { ...starting, checks: [{ name: 'sink', ok: false, detail: 'the topics are not checked yet' }] },
  spool_in_use: {
    store: { ...store, up: false, detail: away.detail },
    spool: { ...spool, oldestReceivedAt: since },
  },
  partition_unavailable_spooled: {
    ...withTopic({ verdict: 'ok', problem: '1 of 6 partitions rejects records: no leader.' }),
    spool,
  },
  spool_draining: { spool: { ...spool, bytes: 4_096, oldestReceivedAt: since } },
  spool_unusable: { spool: { ...spool, problem: 'The disk of the spool is full.' } },
  circuit_open: { store: { ...store, circuits: [{ to: 'broker 1', state: 'open' }] } },
  topic_weak: withTopic({ verdict: 'warning', findings: ['It has one replica.'] }),
  disk_filling: {
    store: { ...store, kind: 'journal', disk: { freeBytes: 300 * 1024 ** 2, sizeBytes: 64 * 1024 ** 3 } },
  },
  secret_unusable: withShop({ secrets: [...shop.secrets, unusable] }),
  certificate_unusable: {
    certificate: { problem: 'TLS_CERT_FILE: the key does not belong to the certificate.' },
  },
  certificate_expires: { certificate: { expiresAt: '2026-01-08T10:17:00.000Z' } },
  dead_letters: { deadLetters: { recent: 2, newest: { at: since, webhook: 'shop', reason: 'no_key' } } },
  read_back_failing: { readBack: { unread: 'The user may not read comapi.events.' } },
  store_warning: { store: { ...store, notice: 'Another Kafka cluster answers.' } },
  silent: {
    ...withShop({ lastAcceptedAt: '2025-12-31T08:00:00.000Z' }),
    startedAt: '2025-12-30T08:00:00.000Z',
  },
  no_delivery_yet: withShop({
    lastAcceptedAt: undefined,
    secrets: [{ label: 'current', verified: 0, firstVerifiedAt }],
  }),
  storing: {},
};

export const filterExamples: Readonly<Record<string, Partial<FilterFacts>>> = {
  filter_draining: { ready: false, checks: draining },
  filter_starting: { ...starting, checks: [{ name: 'group', ok: false, detail: 'not a member yet' }] },
  filter_waiting: {
    ready: false,
    checks: [{ name: 'group', ok: false, detail: 'The group comapi-webhook-filter may not be joined.' }],
  },
  filter_restoring: {
    ready: false,
    checks: [{ name: 'partitions', ok: false, detail: '1 is restoring' }],
    partitions: [...wellFilter.partitions.slice(0, 1), { partition: 1, state: 'restoring' }],
  },
  filter_stalled: {
    ready: false,
    checks: [{ name: 'partitions', ok: false, detail: '0 has not moved for 40 s while 12 records wait' }],
  },
  filter_lagging: { partitions: [{ partition: 0, state: 'running', lag: 90_000 }] },
  filter_log_reset: {
    lastReset: { at: '2026-01-01T10:10:00.000Z', partition: 3, reason: 'events_recreated' },
  },
  filtering: {},
};

/** The headline of each example, by the name of its state. */
export function listExampleHeadlines(): ReadonlyMap<string, Headline> {
  return new Map([
    ...Object.entries(receiverExamples).map(
      ([id, change]) => [id, decideReceiverHeadline({ ...wellReceiver, ...change }).headline] as const,
    ),
    ...Object.entries(filterExamples).map(
      ([id, change]) => [id, decideFilterHeadline({ ...wellFilter, ...change }).headline] as const,
    ),
  ]);
}
