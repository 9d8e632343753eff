import { expect, test } from 'vitest';
import { Health } from '../../src/observe/health.ts';

test('is ready when every check is ok, and reads the checks each time', () => {
  let ok = true;
  const health = new Health([
    { name: 'sink', check: () => ({ ok, detail: ok ? '' : 'away' }) },
    { name: 'secrets', check: () => ({ ok: true, detail: '' }) },
  ]);
  expect(health.readiness().ready).toBe(true);
  ok = false;
  expect(health.readiness()).toEqual({
    ready: false,
    checks: [
      { name: 'sink', ok: false, detail: 'away' },
      { name: 'secrets', ok: true, detail: '' },
      { name: 'lifecycle', ok: true, detail: '' },
    ],
  });
});

test('is never ready again once it drains', () => {
  const health = new Health([]);
  health.drain();
  expect(health.readiness()).toEqual({
    ready: false,
    checks: [{ name: 'lifecycle', ok: false, detail: 'shutting down' }],
  });
});
