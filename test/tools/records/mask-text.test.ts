import { describe, expect, test } from 'vitest';
import { maskText } from '../../../src/tools/records/event-reason.ts';
import { findSteepStep, nastyTexts } from '../../support/growth.ts';

describe('a masked text', () => {
  test.each([
    ['ask zoe@example.com', 'ask <e-mail address hidden>'],
    ['zoe@example.com, mia@example.org', '<e-mail address hidden>, <e-mail address hidden>'],
    ['"zoe@example.com"', '"<e-mail address hidden>"'],
    ['zoe@example.com1@example.org', '<e-mail address hidden>@example.org'],
    ['447700900123', '<phone number hidden>'],
    ['447700900123 447700900124', '<phone number hidden>'],
    ['4111 1111 1111 1111', '<phone number hidden>'],
    [`a ${'1-'.repeat(40)}x 447700900123`, `a ${'1-'.repeat(40)}x <phone number hidden>`],
    ['https://example.com/?who=zoe', 'https://example.com/<rest hidden>'],
  ])('%s is shown as %s', (text, shown) => {
    expect(maskText(text)).toBe(shown);
  });

  test.each([
    '1234567',
    '1234567890123456',
    '8f14e45f-ceea-467f-9575-6fa1c1b0cd5e',
    '2026-11-27 08:00',
    'zoe@x',
    '@example.com',
  ])('%s is shown', (text) => {
    expect(maskText(text)).toBe(text);
  });

  test.each(nastyTexts)('costs no more than its length: %s', (_what, make) => {
    expect(findSteepStep(make, maskText)).toBeUndefined();
  });
});
