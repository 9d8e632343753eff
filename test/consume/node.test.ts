import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recipeDirectory } from './recipe-directory.ts';

test.each(['node/read-events.mjs', 'redis/read-events.mjs', 'rabbitmq/read-events.mjs'])(
  '%s names no function that Node 20 does not have as an import',
  (file) => {
    const text = readFileSync(join(recipeDirectory, file), 'utf8');
    expect(text).not.toMatch(/^import .*(zstdDecompressSync|node:sqlite)/m);
  },
);
