import { describe, expect, test } from 'vitest';
import { createAdmissionGate } from '../../src/webhook/admission-gate.ts';

const limits = { maxInFlightRequests: 2, maxInFlightBytes: 1_000, maxBodyBytes: 600 };

describe('the admission gate', () => {
  test('what only announces a body holds nothing', () => {
    const gate = createAdmissionGate(limits);
    for (let count = 0; count < 100; count += 1) {
      gate.admit(600);
    }
    expect(gate).toMatchObject({ inFlightRequests: 0, inFlightBytes: 0 });
    gate.admit(600).enter(600);
    expect(gate).toMatchObject({ inFlightRequests: 1, inFlightBytes: 600 });
  });

  test('bytes count as they arrive, once, until they are released, once', () => {
    const gate = createAdmissionGate(limits);
    const admission = gate.admit(undefined);
    admission.grow(300);
    admission.grow(100);
    expect(gate.inFlightBytes).toBe(400);
    admission.enter(400);
    expect(gate.inFlightBytes).toBe(400);
    admission.release();
    admission.release();
    admission.grow(100);
    expect(gate).toMatchObject({ inFlightRequests: 0, inFlightBytes: 0 });
  });

  test('one byte over the bound is refused', () => {
    const gate = createAdmissionGate(limits);
    gate.admit(600).enter(600);
    const admission = gate.admit(undefined);
    expect(() => admission.grow(401)).toThrow(/1000 body bytes are in flight/);
    expect(() => admission.enter(401)).toThrow(/1000 body bytes are in flight/);
    admission.enter(400);
    expect(gate).toMatchObject({ inFlightRequests: 2, inFlightBytes: 1_000 });
  });

  test('large bodies get half of the bytes until they are verified, small ones all', () => {
    const gate = createAdmissionGate({
      maxInFlightRequests: 9,
      maxInFlightBytes: 12_800,
      maxBodyBytes: 6_000,
    });
    const [first, second, small] = [gate.admit(undefined), gate.admit(undefined), gate.admit(undefined)];
    first.grow(6_000);
    second.grow(400);
    expect(() => second.grow(1)).toThrow(/6400 body bytes are not verified/);
    small.grow(60);
    small.grow(40);
    expect(() => small.grow(1)).toThrow(/6400 body bytes are not verified/);
    small.enter(100);
    gate.admit(6_000).enter(6_000);
    first.release();
    second.grow(5_900);
    expect(gate.inFlightBytes).toBe(12_400);
  });

  test('one body of the largest size always fits', () => {
    createAdmissionGate(limits).admit(600).grow(600);
  });

  test('no place left: neither a new delivery nor one that was read meanwhile gets in', () => {
    const gate = createAdmissionGate(limits);
    const [first, second, third] = [gate.admit(1), gate.admit(1), gate.admit(1)];
    first?.enter(1);
    second?.enter(1);
    expect(() => third?.enter(1)).toThrow(/2 deliveries/);
    expect(() => gate.admit(1)).toThrow(/2 deliveries/);
    third?.release();
    first?.release();
    gate.admit(1).enter(1);
    expect(gate.inFlightRequests).toBe(2);
  });

  test('announced too large, or closed: refused', () => {
    const gate = createAdmissionGate(limits);
    expect(() => gate.admit(601)).toThrow(/over 600 bytes/);
    gate.close();
    expect(() => gate.admit(1)).toThrow(/shutting down/);
  });
});
