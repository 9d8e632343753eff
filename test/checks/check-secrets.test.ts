import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkSecrets } from '../../src/checks/check-secrets.ts';
import type { SecretSource } from '../../src/config/secret-source.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const check = (secrets: SecretSource) =>
  checkSecrets([{ name: 'crm', path: '/crm', secrets, topic: 't', deadLetterTopic: 'd', latestTopic: 'l' }]);

test.each([
  [['a'.repeat(36)], 'ok', 'crm: 1 secret: s0 (36 characters)'],
  [['a'.repeat(36), 'b'.repeat(35)], 'warning', 'crm: 2 secrets: s0 (36 characters), s1 (35 characters)'],
])('the number and the length of secrets are shown', (values, verdict, text) => {
  const secrets = values.map((value, index) => ({ label: `s${index}`, value }));
  expect(check({ kind: 'values', secrets })).toMatchObject([{ area: 'secrets', verdict, text }]);
});

test('a generated secret is a warning, before and after it is made', () => {
  const file = join(temporaryDirectory(), 'secret');
  expect(check({ kind: 'generated', file })[0]).toMatchObject({
    verdict: 'warning',
    text: expect.stringContaining('is made at the first start'),
  });
  writeFileSync(file, '');
  expect(check({ kind: 'generated', file })[0]?.text).toContain('is there');
});
