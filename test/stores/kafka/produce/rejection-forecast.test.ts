import { expect, test } from 'vitest';
import { createRejectionForecast } from '../../../../src/stores/kafka/produce/rejection-forecast.ts';
import { compressors } from '../../../../src/stores/kafka/wire/compression.ts';

const recordOf = (bytes: number, topic = 'events') => ({
  topic,
  key: 'm-1',
  value: Buffer.alloc(bytes, 'x'),
  headers: { webhook: 'crm' },
});
const limits = new Map([['events', 1_000]]);

test('predicts too_large from the size of the batch, which has more bytes than the value', () => {
  const forecast = createRejectionForecast(limits);
  expect([500, 900, 1_000].map((bytes) => forecast(recordOf(bytes)))).toEqual([
    undefined,
    undefined,
    'too_large',
  ]);
  // The batch header alone takes 61 bytes, so the batch of this record exceeds the limit.
  expect(forecast(recordOf(940))).toBe('too_large');
});

test('measures the batch after compression, as a broker does', () => {
  expect(createRejectionForecast(limits, compressors.gzip)(recordOf(100_000))).toBeUndefined();
});

test('predicts nothing for a topic whose settings cannot be read', () => {
  expect(createRejectionForecast(limits)(recordOf(1, 'other'))).toBe('unknown');
});
