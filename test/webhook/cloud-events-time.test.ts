import { expect, test } from 'vitest';
import { isTimestamp } from '../../src/webhook/cloud-events-time.ts';

test.each([
  '2024-01-31T23:59:59Z',
  '2024-02-29T00:00:00.123456789+14:00',
  '2000-02-29t12:30:00z',
  '0004-02-29T00:00:00Z',
  '0099-12-31T00:00:00-12:00',
])('%s is one', (text) => {
  expect(isTimestamp(text)).toBe(true);
});

test.each([
  '2023-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '0100-02-29T00:00:00Z',
  '2024-04-31T00:00:00Z',
  '2024-00-10T00:00:00Z',
  '2024-13-01T00:00:00Z',
  '2024-01-01T24:00:00Z',
  '2024-01-01T00:00:60Z',
  '2024-01-01T00:00:00',
  '2024-01-01T00:00:00.1234567890Z',
  '2024-01-01 00:00:00Z',
  '2024-01-01',
])('%s is none', (text) => {
  expect(isTimestamp(text)).toBe(false);
});
