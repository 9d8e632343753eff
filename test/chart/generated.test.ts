import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { generatedFiles } from '../../charts/generate/generated-files.ts';

const files = [...generatedFiles()].map(([file, content]) => ({ name: basename(file), file, content }));

test.each(files)('$name is what npm run chart:generate makes', ({ file, content }) => {
  expect(readFileSync(file, 'utf8')).toBe(content);
});
