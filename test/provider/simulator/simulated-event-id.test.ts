import { expect, test } from 'vitest';
import {
  parseSimulatedEventId,
  toSimulatedEventId,
} from '../../../src/provider/simulator/simulated-event-id.ts';

test.each([
  { seed: 0, slot: 0 },
  { seed: 2 ** 32 - 1, slot: 2 ** 40 },
])('%j is a UUID of version 4 and is read back', (id) => {
  const text = toSimulatedEventId(id);
  expect(text).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(parseSimulatedEventId(text)).toEqual(id);
});

test('another identifier is none of a simulation', () => {
  expect(parseSimulatedEventId('0af76519-16cd-43dd-8448-eb211c80319c')).toBeUndefined();
});
