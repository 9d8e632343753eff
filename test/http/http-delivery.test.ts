import { expect, test } from 'vitest';
import { readTraceparent } from '../../src/http/http-delivery.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('reads a valid header', () => {
  expect(readTraceparent({ traceparent })).toBe(traceparent);
});

test.each([
  undefined,
  '',
  traceparent.toUpperCase(),
  `${traceparent}-x`,
  traceparent.slice(1),
  traceparent.replace('00-', 'ff-'),
  `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
  `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
])('%s is none', (text) => {
  expect(readTraceparent(text === undefined ? {} : { traceparent: text })).toBeUndefined();
});
