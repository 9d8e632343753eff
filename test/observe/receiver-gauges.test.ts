import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { Health } from '../../src/observe/health.ts';
import { type GaugeSources, registerReceiverGauges } from '../../src/observe/receiver-gauges.ts';
import type { Outage } from '../../src/observe/sink-watch.ts';
import { createMetricFactory } from '../../src/runtime/metric-factory.ts';
import { AdmissionGate } from '../../src/webhook/admission-gate.ts';
import type { KnownSecrets } from '../../src/webhook/secret.ts';

function setUp(change: Partial<GaugeSources> = {}) {
  const gate = new AdmissionGate({ maxInFlightRequests: 5, maxInFlightBytes: 1_000, maxBodyBytes: 100 });
  const health = new Health([], { staysReady: false });
  const sink: { outage: Outage | undefined } = { outage: undefined };
  const known: Record<string, KnownSecrets> = { one: { secrets: [], problems: [] } };
  const current = () => Object.entries(known).map(([webhook, each]) => ({ webhook, known: each }));
  const secrets = { current };
  const registry = new Registry();
  const state = { gate, store: { watch: sink }, secrets, certificate: undefined, ...change };
  registerReceiverGauges(createMetricFactory(registry, ''), state, health);
  return {
    gate,
    health,
    sink,
    known,
    async read(name: string) {
      const text = await registry.metrics();
      const lines = text
        .split('\n')
        .filter((line) => line.startsWith(name) && /^[ {]/.test(line.slice(name.length)));
      return lines.map((line) => line.slice(name.length).trimStart());
    },
  };
}

test('what is in flight is read at each collection, beside its limits', async () => {
  const { gate, read } = setUp();
  const admission = gate.admit(30);
  admission.addBytes(30);
  expect([await read('in_flight_requests'), await read('in_flight_bytes')]).toEqual([['0'], ['30']]);
  admission.takePlace(30);
  expect([await read('in_flight_requests'), await read('in_flight_bytes')]).toEqual([['1'], ['30']]);
  expect(await read('in_flight_requests_limit')).toEqual(['5']);
  expect(await read('in_flight_bytes_limit')).toEqual(['1000']);
  admission.release();
  expect([await read('in_flight_requests'), await read('in_flight_bytes')]).toEqual([['0'], ['0']]);
});

test('a store that rejects writes is down since a time in seconds; one that takes records since never', async () => {
  const { sink, read } = setUp();
  const since = () => read('sink_unavailable_since_timestamp_seconds');
  expect(await since()).toEqual(['0']);
  sink.outage = { since: 1_795_544_810_250, detail: '' };
  expect(await since()).toEqual(['1795544810.25']);
});

test('a process that shuts down is not ready', async () => {
  const { health, read } = setUp();
  expect(await read('ready')).toEqual(['1']);
  health.drain();
  expect(await read('ready')).toEqual(['0']);
});

test('only a receiver with TLS of its own has a certificate, good or not', async () => {
  expect(await setUp().read('certificate_usable')).toEqual([]);
  let fault: string | undefined;
  const { read } = setUp({ certificate: { problem: () => fault, expiresAt: () => undefined } });
  expect(await read('certificate_usable')).toEqual(['1']);
  fault = '';
  expect(await read('certificate_usable')).toEqual(['0']);
});

test('the expiry of the certificate is a time in seconds, and has no series if it cannot be read', async () => {
  expect(await setUp().read('certificate_expiry_timestamp_seconds')).toEqual([]);
  let expiresMs: number | undefined;
  const { read } = setUp({ certificate: { problem: () => undefined, expiresAt: () => expiresMs } });
  expect(await read('certificate_expiry_timestamp_seconds')).toEqual([]);
  expiresMs = 1_795_544_810_000;
  expect(await read('certificate_expiry_timestamp_seconds')).toEqual(['1795544810']);
  expiresMs = undefined;
  expect(await read('certificate_expiry_timestamp_seconds')).toEqual([]);
});

test('secrets are counted by registration, also where none can be used', async () => {
  const { known, read } = setUp();
  const value = 'never shown';
  known.one = {
    secrets: [
      { label: 'current', value },
      { label: 'previous', value },
    ],
    problems: [],
  };
  known.two = { secrets: [], problems: [{ label: 'current', message: 'is empty' }] };
  expect(await read('secrets')).toEqual(['{webhook="one"} 2', '{webhook="two"} 0']);
  expect(await read('secret_usable')).toEqual([
    '{webhook="one",secret="current"} 1',
    '{webhook="one",secret="previous"} 1',
    '{webhook="two",secret="current"} 0',
  ]);
});

test('a secret that is gone has no series any more, and one that broke is 0', async () => {
  const { known, read } = setUp();
  const value = 'never shown';
  known.one = {
    secrets: [
      { label: 'current', value },
      { label: 'previous', value },
    ],
    problems: [],
  };
  await read('secret_usable');
  known.one = { secrets: [], problems: [{ label: 'current', message: 'is too short' }] };
  expect(await read('secret_usable')).toEqual(['{webhook="one",secret="current"} 0']);
  expect(await read('secrets')).toEqual(['{webhook="one"} 0']);
});

test('a fault of all secrets at once has no name', async () => {
  const { known, read } = setUp();
  known.one = { secrets: [], problems: [{ label: undefined, message: 'the directory cannot be read' }] };
  expect(await read('secret_usable')).toEqual(['{webhook="one",secret=""} 0']);
});
