import { describe, expect, it } from 'vitest';
import { Circuit, type CircuitState } from '../../../src/stores/append/circuit.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const settings = { openAfterMs: 3000, minFailures: 2, probeDelayMs: { first: 500, last: 2000 } };

function setUp() {
  const clock = createFakeClock();
  const changes: CircuitState[] = [];
  const circuit = new Circuit({ clock, settings, onChange: (state) => changes.push(state) });
  return { clock, changes, circuit };
}

describe('circuit', () => {
  it('stays closed after one failure that took long, at the beginning and after each success', () => {
    const { clock, circuit } = setUp();
    for (let round = 0; round < 3; round += 1) {
      const startedAt = clock.now();
      clock.advance(10_000);
      circuit.failure(startedAt);
      expect(circuit.state()).toBe('closed');
      circuit.success();
    }
  });

  it('opens at the second failure when the first attempt began long enough ago', () => {
    const { clock, circuit } = setUp();
    const startedAt = clock.now();
    clock.advance(2900);
    circuit.failure(startedAt);
    clock.advance(100);
    circuit.failure(clock.now());
    expect(circuit.state()).toBe('open');
  });

  it('counts from the last success', () => {
    const { clock, circuit } = setUp();
    circuit.failure(clock.now());
    clock.advance(2999);
    circuit.success();
    circuit.failure(clock.now());
    clock.advance(2999);
    circuit.failure(clock.now());
    expect(circuit.state()).toBe('closed');
    clock.advance(1);
    circuit.failure(clock.now());
    expect(circuit.state()).toBe('open');
  });

  it('admits a trial only after the probe delay, and closes on its success', () => {
    const { clock, changes, circuit } = setUp();
    circuit.trip();
    clock.advance(499);
    circuit.admitTrial();
    expect(circuit.isOpen()).toBe(true);
    expect(circuit.trialInMs()).toBe(1);
    clock.advance(1);
    expect(circuit.trialInMs()).toBe(0);
    circuit.admitTrial();
    expect(circuit.state()).toBe('half_open');
    circuit.success();
    expect(changes).toEqual(['open', 'half_open', 'closed']);
  });

  it('opens again at the first failed trial and waits longer each time, up to a bound', () => {
    const { clock, circuit } = setUp();
    circuit.trip();
    const waits: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      waits.push(circuit.trialInMs());
      clock.advance(circuit.trialInMs());
      circuit.admitTrial();
      circuit.failure(clock.now());
      expect(circuit.state()).toBe('open');
    }
    expect(waits).toEqual([500, 1000, 2000, 2000]);
    circuit.success();
    circuit.trip();
    expect(circuit.trialInMs()).toBe(500);
  });
});
