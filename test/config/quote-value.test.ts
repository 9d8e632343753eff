import { expect, test } from 'vitest';
import { quoteValue } from '../../src/config/quote-value.ts';

test.each([
  ['loud', '"loud"'],
  ['u:p@h', 'the value'],
  ['a'.repeat(15), `"${'a'.repeat(15)}"`],
  ['a'.repeat(16), 'the value'],
])('%s is shown as %s', (value, shown) => {
  expect(quoteValue(value)).toBe(shown);
});
