import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { StoreConfig } from '../../../src/config/stores.ts';
import { Health } from '../../../src/observe/health.ts';
import { createReceiverMetrics } from '../../../src/observe/receiver-metrics.ts';
import type { Outage } from '../../../src/observe/sink-watch.ts';
import { DeliveryHistory } from '../../../src/observe/status/delivery-history.ts';
import { createReceiverReport } from '../../../src/observe/status/receiver-report.ts';
import type { ReadBackReport } from '../../../src/observe/status/status-report.ts';
import type { SinkStatus } from '../../../src/ports/sink.ts';
import { AdmissionGate } from '../../../src/webhook/admission-gate.ts';
import type { KnownSecrets } from '../../../src/webhook/secret.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { checkStatus } from '../../support/status-contract.ts';

const minuteMs = 60_000;
const secretValue = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';

function setUp() {
  const clock = createFakeClock(Date.UTC(2026, 0, 1, 10));
  const registry = new Registry();
  const metrics = createReceiverMetrics(registry, { version: '1', webhooks: ['shop', 'chat'], clock });
  const history = new DeliveryHistory(clock, ['shop', 'chat']);
  const held: {
    outage: Outage | undefined;
    status: SinkStatus | undefined;
    known: KnownSecrets;
    readBack: ReadBackReport;
  } = {
    readBack: {},
    outage: undefined,
    status: undefined,
    known: { secrets: [{ label: 'current', value: secretValue }], problems: [] },
  };
  const config = {
    webhooks: [
      { name: 'shop', path: '/shop' },
      { name: 'chat', path: '/chat' },
    ],
    allTopics: [
      { events: 'events', deadLetter: 'dead' },
      { events: 'orders', deadLetter: 'dead' },
    ],
    store: { kind: 'journal', dataDir: '/' } as StoreConfig,
    spool: undefined,
  };
  const gate = new AdmissionGate({ maxInFlightRequests: 9, maxInFlightBytes: 9_000, maxBodyBytes: 9_000 });
  for (const bytes of [100, 200]) {
    gate.admit(bytes).takePlace(bytes);
  }
  const state = {
    gate,
    secrets: { of: () => held.known },
    store: {
      sink: { status: () => held.status ?? { topics: [] } },
      watch: {
        get outage() {
          return held.outage;
        },
      },
      readBack: { findings: () => held.readBack },
    },
    history,
    certificate: { problem: () => undefined, expiresAt: () => Date.UTC(2026, 5, 1) },
  };
  const health = new Health([], { staysReady: false });
  const report = createReceiverReport(config, state, { health, registry, clock });

  function deliver(webhook: string, code: 'ok' | 'sink_timeout', own?: 'test'): void {
    const outcome = {
      code,
      own,
      bodyBytes: 9,
      received: 1,
      stored: 1,
      spooled: 0,
      deadLettered: new Map(),
      secret: 'current',
    };
    const facts = {
      webhook,
      status: code === 'ok' ? 200 : 503,
      durationMs: 1,
    };
    metrics.observe(outcome, facts);
    history.observe(outcome, facts);
  }

  return {
    clock,
    held,
    deliver,
    /** Reads the report as a client gets it. */
    async read() {
      const text = JSON.stringify(await report());
      expect(checkStatus(JSON.parse(text))).toEqual([]);
      expect(text).not.toContain(secretValue);
      return JSON.parse(text);
    },
  };
}

test('says of each registration when it last accepted a delivery, and which secret verified how many', async () => {
  const { clock, held, deliver, read } = setUp();
  held.known = {
    secrets: [
      { label: 'current', value: secretValue },
      { label: 'previous', value: `${secretValue}!` },
    ],
    problems: [{ label: 'next', message: 'next is empty' }],
  };
  clock.advance(minuteMs);
  deliver('shop', 'ok');
  deliver('shop', 'ok');
  clock.advance(minuteMs);
  const secrets = (verified: number) => [
    { label: 'current', verified },
    { label: 'previous', verified: 0 },
    { label: 'next', verified: 0, problem: 'next is empty' },
  ];
  expect(await read()).toMatchObject({
    process: 'receiver',
    startedAt: '2026-01-01T10:00:00.000Z',
    at: '2026-01-01T10:02:00.000Z',
    inFlight: { requests: 2, bytes: 300 },
    registrations: [
      { name: 'shop', path: '/shop', lastAcceptedAt: '2026-01-01T10:01:00.000Z', secrets: secrets(2) },
      { name: 'chat', path: '/chat', secrets: secrets(0) },
    ],
  });
  expect(await read()).not.toHaveProperty('refused');
});

test('a secret also verifies test deliveries, which do not count as deliveries of the provider', async () => {
  const { deliver, read } = setUp();
  deliver('shop', 'ok', 'test');
  const lastTestAcceptedAt = '2026-01-01T10:00:00.000Z';
  const [shop, chat] = (await read()).registrations;
  expect(shop).toMatchObject({ lastTestAcceptedAt, secrets: [{ verified: 1 }] });
  expect(shop).not.toHaveProperty('lastAcceptedAt');
  expect(chat).not.toHaveProperty('lastTestAcceptedAt');
});

test('refused since, and how long the provider goes on; then it is over', async () => {
  const { clock, held, deliver, read } = setUp();
  held.outage = { since: clock.epochMs(), detail: 'no broker answers' };
  clock.advance(2 * minuteMs);
  deliver('shop', 'sink_timeout');
  clock.advance(15 * minuteMs);
  const refused = { since: '2026-01-01T10:02:00.000Z', count: 1, lossFrom: '2026-01-02T10:02:00.000Z' };
  expect(await read()).toMatchObject({
    refused: {
      since: '2026-01-01T10:00:00.000Z',
      lossFrom: '2026-01-02T10:00:00.000Z',
    },
    registrations: [{ refused: { ...refused, isOver: false } }, { name: 'chat' }],
    store: { up: false, detail: 'no broker answers', unavailableSince: '2026-01-01T10:00:00.000Z' },
  });

  held.outage = undefined;
  deliver('shop', 'ok');
  const after = await read();
  expect(after).not.toHaveProperty('refused');
  expect(after.store).not.toHaveProperty('unavailableSince');
  expect(after.registrations[0].refused).toMatchObject({ ...refused, isOver: true });
});

test('a registration of which nothing is accepted counts, though the store accepts records', async () => {
  const { clock, deliver, read } = setUp();
  deliver('chat', 'sink_timeout');
  clock.advance(25 * 60 * minuteMs);
  expect((await read()).refused).toBeUndefined();
  deliver('chat', 'sink_timeout');
  deliver('shop', 'ok');
  expect((await read()).refused).toMatchObject({ since: '2026-01-02T11:00:00.000Z' });
});

test('names each topic of the configuration once, with what the store knows of it', async () => {
  const { held, read } = setUp();
  const findings = [{ verdict: 'warning', message: 'It has one replica.' }] as const;
  held.status = {
    notice: 'another cluster',
    topics: [
      { topic: 'events', validation: { verdict: 'warning', findings } },
      { topic: 'dead', validation: undefined, problem: 'no leader' },
    ],
  };
  expect((await read()).store).toEqual({
    kind: 'journal',
    up: true,
    detail: '',
    circuits: [],
    disk: { freeBytes: expect.any(Number), sizeBytes: expect.any(Number) },
    notice: 'another cluster',
    topics: [
      { topic: 'events', verdict: 'warning', findings: ['It has one replica.'] },
      { topic: 'dead', findings: [], problem: 'no leader' },
      { topic: 'orders', findings: [] },
    ],
  });
});

test('with a spool, deliveries are accepted while the store is unavailable', async () => {
  const { held, read } = setUp();
  const spool = {
    problem: undefined,
    bytes: 700,
    limitBytes: 1_000,
    oldestReceivedAt: '2026-01-01T10:00:00.000Z',
  };
  held.status = {
    topics: [],
    store: { up: false, detail: 'no broker answers' },
    spool,
  };
  const report = await read();
  const { problem: _, ...shown } = spool;
  expect(report).toMatchObject({
    spool: shown,
    store: { up: false, detail: 'no broker answers' },
  });
  expect(report).not.toHaveProperty('refused');
});
