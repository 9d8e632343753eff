import { expect, test } from 'vitest';
import { chooseSecret } from '../../../src/provider/registration/choose-secret.ts';

const current = { label: 'current', value: 'planted-current' };
const next = { label: 'next', value: 'planted-next' };
const registration = (secret?: string) => ({ id: '1', name: 'crm', ...(secret !== undefined && { secret }) });

test.each([undefined, registration(), registration('another'), registration(current.value)])(
  'the only valid secret is the one, whatever %j has',
  (present) => {
    expect(chooseSecret([next], present)).toBe(next.value);
  },
);

test.each([current, next])('of several the provider keeps $label, which it has', ({ value }) => {
  expect(chooseSecret([current, next], registration(value))).toBe(value);
});

test.each([registration(), registration('***')])(
  'of several it keeps that which %j does not show',
  (present) => {
    expect(chooseSecret([current, next], present)).toBeUndefined();
  },
);

test.each([undefined, registration('another')])(
  'of several somebody has to name one where %j has none of them, and is shown none',
  (present) => {
    expect(() => chooseSecret([current, next], present)).toThrow(
      /^several secrets are valid \(current, next\): name the one .*--secret-file(?!.*planted)/,
    );
  },
);
