import { expect, test } from 'vitest';
import { createReceiverChecks, Health } from '../../src/observe/health.ts';

function setUp(problem?: () => string | undefined, loss = '') {
  const state = { sink: { ok: true, detail: '' }, secrets: { ok: true, detail: '' } };
  const checks = createReceiverChecks({
    store: {
      watch: { check: () => state.sink },
      readBack: { check: () => ({ ok: true, detail: loss }) },
    },
    secrets: { check: () => state.secrets },
    certificate: problem && { problem, expiresAt: () => undefined },
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

test.each([
  ['a secret that cannot be used', 'secrets'],
  ['a record that the store has lost', 'read-back'],
  ['a certificate that cannot be used', 'certificate'],
] as const)('%s is named, and makes no receiver unready', (_what, name) => {
  const detail = 'something is wrong';
  const detailOf = (each: typeof name) => (each === name ? detail : '');
  const { state, health } = setUp(() => detailOf('certificate'), detailOf('read-back'));
  state.secrets = { ok: true, detail: detailOf('secrets') };
  const { ready, checks } = health.readiness();
  expect(ready).toBe(true);
  expect(checks.filter(({ hasFault }) => hasFault)).toEqual([{ name, ok: true, hasFault: true, detail }]);
});
