import { expect, it } from 'vitest';
import { isoTime } from '../../src/runtime/iso-time.ts';

it.each([0, 1_700_000_000_123, 1_700_000_000_123, 1_700_000_000_124, 0])('formats %i', (epochMs) => {
  expect(isoTime(epochMs)).toBe(new Date(epochMs).toISOString());
});
