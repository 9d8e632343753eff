import { describe, expect, test } from 'vitest';
import { AdmissionGate } from '../../src/webhook/admission-gate.ts';

const limits = { maxInFlightRequests: 2, maxInFlightBytes: 1_000, maxBodyBytes: 600 };
/** Limits for which a body of up to 100 bytes counts as small. */
const roomy = { ...limits, maxInFlightRequests: 9, maxInFlightBytes: 12_800, maxBodyBytes: 2_000 };

describe('the admission gate', () => {
  test('what only announces a body holds nothing', () => {
    const gate = new AdmissionGate(limits);
    for (let count = 0; count < 100; count += 1) {
      gate.admit(600);
    }
    expect(gate).toMatchObject({ inFlightRequests: 0, inFlightBytes: 0 });
    gate.admit(600).takePlace(600);
    expect(gate).toMatchObject({ inFlightRequests: 1, inFlightBytes: 600 });
  });

  test('bytes count as they arrive, once, until they are released, once', () => {
    const gate = new AdmissionGate(limits);
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
    const gate = new AdmissionGate(limits);
    gate.admit(600).takePlace(600);
    const admission = gate.admit(undefined);
    expect(() => admission.addBytes(401)).toThrow(
      expect.objectContaining({
        code: 'overloaded',
        message: 'With this body, all bodies in flight together would exceed 1000 bytes',
      }),
    );
    expect(() => admission.takePlace(401)).toThrow(/in flight together would exceed 1000 bytes/);
    admission.addBytes(400);
    admission.takePlace(400);
    expect(gate).toMatchObject({ inFlightRequests: 2, inFlightBytes: 1_000 });
  });

  test('bodies that are not verified get half of the bytes, and leave the other half to verified ones', () => {
    const gate = new AdmissionGate(roomy);
    const small = Array.from({ length: 64 }, () => {
      const admission = gate.admit(undefined);
      admission.addBytes(100);
      return admission;
    });
    expect(() => gate.admit(undefined).addBytes(1)).toThrow(
      expect.objectContaining({ code: 'unverified_overload' }),
    );
    for (let count = 0; count < 3; count += 1) {
      gate.admit(2_000).takePlace(2_000);
    }
    expect(() => gate.admit(2_000).takePlace(2_000)).toThrow(/in flight together would exceed 12800 bytes/);
    small[0]?.takePlace(100);
    gate.admit(undefined).addBytes(100);
    expect(gate).toMatchObject({ inFlightRequests: 4, inFlightBytes: 12_500 });
  });

  test('of that half, large bodies get half', () => {
    const gate = new AdmissionGate(roomy);
    gate.admit(undefined).addBytes(2_000);
    const large = gate.admit(undefined);
    large.addBytes(1_200);
    const growing = gate.admit(undefined);
    growing.addBytes(100);
    expect([0, 1].map((more) => growing.isLargeWith(more))).toEqual([false, true]);
    for (const admission of [large, growing]) {
      expect(() => admission.addBytes(1)).toThrow(/unverified bodies together would exceed 3200 bytes/);
    }
  });

  test('it is crowded when bodies that are not verified use more than half of what they may use', () => {
    const gate = new AdmissionGate(roomy);
    for (let count = 0; count < 32; count += 1) {
      gate.admit(undefined).addBytes(100);
    }
    expect(gate.isCrowded).toBe(false);
    const last = gate.admit(undefined);
    last.addBytes(1);
    expect(gate.isCrowded).toBe(true);
    last.release();
    expect(gate.isCrowded).toBe(false);
    for (let count = 0; count < 4; count += 1) {
      gate.admit(2_000).takePlace(2_000);
    }
    // Unverified bodies may use the memory that verified bodies do not use.
    expect(gate.isCrowded).toBe(true);
  });

  test('one body of the largest size always fits, also when its last chunk counts for more than its bytes', () => {
    const gate = new AdmissionGate({ ...limits, maxInFlightBytes: 600 });
    const admission = gate.admit(600);
    admission.addBytes(590);
    admission.addBytes(47);
    expect(() => admission.addBytes(1)).toThrow(expect.objectContaining({ code: 'unverified_overload' }));
    admission.takePlace(600);
    admission.addRecords(10_000);
    expect(gate.inFlightBytes).toBe(600);
  });

  test('a record counts for what it costs', () => {
    const gate = new AdmissionGate({ ...roomy, maxBodyBytes: 6_000 });
    const admission = gate.admit(5_119);
    admission.takePlace(5_119);
    admission.addRecords(5);
    expect(gate.inFlightBytes).toBe(5_120);
    const other = gate.admit(6_000);
    other.takePlace(6_000);
    other.addRecords(5);
    expect(gate.inFlightBytes).toBe(11_120);
    const third = gate.admit(20);
    third.takePlace(20);
    expect(() => third.addRecords(5)).toThrow(expect.objectContaining({ code: 'overloaded' }));
    third.release();
    admission.release();
    other.release();
    expect(gate).toMatchObject({ inFlightRequests: 0, inFlightBytes: 0 });
  });

  test('no place left: neither a new delivery nor one that was read meanwhile gets in', () => {
    const gate = new AdmissionGate(limits);
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
    const gate = new AdmissionGate(limits);
    expect(() => gate.admit(601)).toThrow(/over 600 bytes/);
    gate.close();
    expect(() => gate.admit(1)).toThrow(/shutting down/);
  });
});
