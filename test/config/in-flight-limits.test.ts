import { expect, test } from 'vitest';
import { toInFlightLimits } from '../../src/config/in-flight-limits.ts';

const mebibyte = 1024 * 1024;

test.each([
  ['what the chart gives', 512, 64, 2_048],
  ['a small container', 64, 16, 512],
  ['a large machine', 64 * 1024, 1024, 32_768],
])('of the memory of %s an eighth may be in flight, within bounds', (_what, memory, bytes, requests) => {
  expect(toInFlightLimits(memory * mebibyte)).toEqual({
    maxInFlightBytes: bytes * mebibyte,
    maxInFlightRequests: requests,
  });
});
