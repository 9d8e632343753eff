import { expect, test } from 'vitest';
import { AdmissionGate } from '../../src/webhook/admission-gate.ts';

/** Takes places for a registration until it is refused. */
function fill(gate: ReturnType<typeof createGate>, webhook: string, bodyBytes: number): (() => void)[] {
  const taken: (() => void)[] = [];
  try {
    for (;;) {
      const admission = gate.admit(webhook, bodyBytes);
      admission.takePlace(bodyBytes);
      taken.push(() => admission.release());
    }
  } catch (error) {
    expect(error).toMatchObject({ code: 'overloaded' });
    return taken;
  }
}

function createGate(...webhooks: readonly string[]) {
  return new AdmissionGate({
    ...{ maxInFlightRequests: 800, maxInFlightBytes: 80_000, maxBodyBytes: 1_000 },
    webhooks,
  });
}

test('the only registration gets all places', () => {
  expect(fill(createGate('a'), 'a', 1)).toHaveLength(800);
  expect(fill(createGate('a'), 'a', 1_000)).toHaveLength(80);
});

test('one that is busy alone gets seven eighths, and the others can begin', () => {
  const gate = createGate('a', 'b', 'c');
  expect(fill(gate, 'a', 1)).toHaveLength(700);
  expect(fill(gate, 'b', 1).length).toBeGreaterThan(80);
  expect(fill(gate, 'c', 1).length).toBeGreaterThan(5);
});

test.each([
  ['requests', 1, 800],
  ['bytes', 1_000, 80],
])('two that are busy come to hold as many %s, though one began alone', (_what, bodyBytes, all) => {
  const gate = createGate('a', 'b');
  const held = { a: fill(gate, 'a', bodyBytes), b: [] as (() => void)[] };
  for (let round = 0; round < 500; round += 1) {
    for (const webhook of ['a', 'b'] as const) {
      held[webhook].shift()?.();
      held[webhook].push(...fill(gate, webhook, bodyBytes));
    }
  }
  expect(Math.abs(held.a.length - held.b.length)).toBeLessThan(all / 10);
  expect(held.a.length + held.b.length).toBeGreaterThan(0.85 * all);
});

test('a registration that nobody configured is a fault', () => {
  expect(() => createGate('a').admit('b', 1)).toThrow('There is no registration b');
});
