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
    gate.admit(600).takePlace(600);
    expect(gate).toMatchObject({ inFlightRequests: 1, inFlightBytes: 600 });
  });

  test('bytes count as they arrive, once, until they are released, once', () => {
    const gate = createAdmissionGate(limits);
    const admission = gate.admit(undefined);
    admission.addBytes(300);
    admission.addBytes(100);
    expect(gate.inFlightBytes).toBe(400);
    admission.takePlace(400);
    expect(gate.inFlightBytes).toBe(400);
    admission.release();
    admission.release();
    admission.addBytes(100);
    expect(gate).toMatchObject({ inFlightRequests: 0, inFlightBytes: 0 });
  });

  test('one byte over the bound is refused', () => {
    const gate = createAdmissionGate(limits);
    gate.admit(600).takePlace(600);
    const admission = gate.admit(undefined);
    expect(() => admission.addBytes(401)).toThrow(/1000 body bytes are in flight/);
    expect(() => admission.takePlace(401)).toThrow(/1000 body bytes are in flight/);
    admission.takePlace(400);
    expect(gate).toMatchObject({ inFlightRequests: 2, inFlightBytes: 1_000 });
  });

  test('large bodies get half of the bytes until they are verified, small ones all', () => {
    const gate = createAdmissionGate({
      maxInFlightRequests: 9,
      maxInFlightBytes: 12_800,
      maxBodyBytes: 6_000,
    });
    const [first, second, small] = [gate.admit(undefined), gate.admit(undefined), gate.admit(undefined)];
    first.addBytes(6_000);
    second.addBytes(400);
    expect(() => second.addBytes(1)).toThrow(/6400 body bytes are not verified/);
    small.addBytes(60);
    small.addBytes(40);
    expect(() => small.addBytes(1)).toThrow(/6400 body bytes are not verified/);
    small.takePlace(100);
    gate.admit(6_000).takePlace(6_000);
    first.release();
    second.addBytes(5_900);
    expect(gate.inFlightBytes).toBe(12_400);
  });

  test('one body of the largest size always fits', () => {
    createAdmissionGate(limits).admit(600).addBytes(600);
  });

  test('no place left: neither a new delivery nor one that was read meanwhile gets in', () => {
    const gate = createAdmissionGate(limits);
    const [first, second, third] = [gate.admit(1), gate.admit(1), gate.admit(1)];
    first?.takePlace(1);
    second?.takePlace(1);
    expect(() => third?.takePlace(1)).toThrow(/2 deliveries/);
    expect(() => gate.admit(1)).toThrow(/2 deliveries/);
    third?.release();
    first?.release();
    gate.admit(1).takePlace(1);
    expect(gate.inFlightRequests).toBe(2);
  });

  test('announced too large, or closed: refused', () => {
    const gate = createAdmissionGate(limits);
    expect(() => gate.admit(601)).toThrow(/over 600 bytes/);
    gate.close();
    expect(() => gate.admit(1)).toThrow(/shutting down/);
  });
});
