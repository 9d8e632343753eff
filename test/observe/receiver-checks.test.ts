import { expect, test } from 'vitest';
import { createReceiverChecks, Health } from '../../src/observe/health.ts';

function setUp(certificateProblem?: () => string | undefined, loss = '') {
  const state = { sink: { ok: true, detail: '' }, secrets: { ok: true, detail: '' } };
  const checks = createReceiverChecks({
    sinkWatch: { check: () => state.sink },
    secrets: { check: () => state.secrets },
    readBack: { check: () => ({ ok: true, detail: loss }) },
    certificateProblem,
  });
  return { state, health: new Health(checks, { staysReady: false }) };
}

test('a receiver becomes ready when its sink takes records and a secret can be used', () => {
  const { state, health } = setUp();
  expect(health.readiness().checks.map(({ name }) => name)).toEqual([
    'sink',
    'secrets',
    'read-back',
    'lifecycle',
  ]);
  expect(health.readiness().ready).toBe(true);
  state.sink = { ok: false, detail: 'away' };
  expect(health.readiness()).toMatchObject({
    ready: false,
    checks: [{ name: 'sink', ok: false, detail: 'away' }, { ok: true }, { ok: true }, { ok: true }],
  });
  state.sink = { ok: true, detail: '' };
  state.secrets = { ok: false, detail: 'none' };
  expect(health.readiness().ready).toBe(false);
});

test('a secret that cannot be used is named beside one that can, and makes no receiver unready', () => {
  const { state, health } = setUp();
  expect(health.readiness().checks[1]).toEqual({ name: 'secrets', ok: true, detail: '' });
  state.secrets = { ok: true, detail: 'the secret "new" is empty' };
  expect(health.readiness()).toMatchObject({
    ready: true,
    checks: [{}, { name: 'secrets', ok: true, hasFault: true, detail: 'the secret "new" is empty' }, {}, {}],
  });
});

test('a certificate that cannot be used is named, and makes no receiver unready', () => {
  const { health } = setUp(() => 'it has expired');
  expect(health.readiness()).toMatchObject({
    ready: true,
    checks: [{}, {}, {}, { name: 'certificate', ok: true, hasFault: true, detail: 'it has expired' }, {}],
  });
});

test('a record that the store has lost is named, and makes no receiver unready', () => {
  const { health } = setUp(undefined, 'events/0/3 is not there any more');
  expect(health.readiness()).toMatchObject({
    ready: true,
    checks: [
      {},
      {},
      { name: 'read-back', ok: true, hasFault: true, detail: 'events/0/3 is not there any more' },
      {},
    ],
  });
});
