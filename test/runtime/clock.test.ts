import { expect, it } from 'vitest';
import { createIsoClock } from '../../src/runtime/clock.ts';

it('formats each time, whatever it formatted before', () => {
  const times = [0, 1_700_000_000_123, 1_700_000_000_123, 1_700_000_000_124, 0];
  const rest = [...times];
  const isoNow = createIsoClock({ epochMs: () => rest.shift() ?? Number.NaN });
  expect(times.map(() => isoNow())).toEqual(times.map((epochMs) => new Date(epochMs).toISOString()));
});
