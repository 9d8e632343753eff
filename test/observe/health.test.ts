import { expect, test } from 'vitest';
import { Health } from '../../src/observe/health.ts';

function setUp(staysReady: boolean) {
  const oks = { sink: true, secrets: true };
  const health = new Health(
    [
      { name: 'sink', check: () => ({ ok: oks.sink, detail: oks.sink ? '' : 'away' }) },
      { name: 'secrets', check: () => ({ ok: oks.secrets, detail: '' }) },
    ],
    { staysReady },
  );
  return { oks, health };
}

test('is ready when every check is ok, and reads the checks each time', () => {
  const { oks, health } = setUp(false);
  expect(health.readiness().ready).toBe(true);
  oks.sink = false;
  expect(health.readiness()).toEqual({
    ready: false,
    checks: [
      { name: 'sink', ok: false, detail: 'away' },
      { name: 'secrets', ok: true, detail: '' },
      { name: 'lifecycle', ok: true, detail: '' },
    ],
  });
});

test('stays ready when a check fails later, names it, and is not ready once it drains', () => {
  const { oks, health } = setUp(true);
  expect(health.readiness().ready).toBe(true);
  oks.sink = false;
  oks.secrets = false;
  expect(health.readiness()).toEqual({
    ready: true,
    checks: [
      { name: 'sink', ok: false, detail: 'away' },
      { name: 'secrets', ok: false, detail: '' },
      { name: 'lifecycle', ok: true, detail: '' },
    ],
  });
  health.drain();
  expect(health.readiness()).toMatchObject({
    ready: false,
    checks: [{}, {}, { name: 'lifecycle', ok: false, detail: 'shutting down' }],
  });
  oks.sink = true;
  oks.secrets = true;
  expect(health.readiness().ready).toBe(false);
});

test('is not ready before all checks were ok at the same time', () => {
  const { oks, health } = setUp(true);
  oks.sink = false;
  expect(health.readiness().ready).toBe(false);
  oks.sink = true;
  oks.secrets = false;
  expect(health.readiness().ready).toBe(false);
  oks.secrets = true;
  expect(health.readiness().ready).toBe(true);
});
