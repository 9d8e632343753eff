import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPem } from '../../src/config/pem.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('PEM in a file is read anew each time; text is taken as it is', () => {
  const file = join(temporaryDirectory(), 'a.pem');
  writeFileSync(file, 'first');
  expect(readPem({ file })).toBe('first');
  writeFileSync(file, 'second');
  expect(readPem({ file })).toBe('second');
  expect(readPem({ text: 'as it is' })).toBe('as it is');
});
