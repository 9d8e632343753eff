import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const checkout = fileURLToPath(new URL('../../', import.meta.url));

test('a second start takes what Node made of the sources in the first', () => {
  help();
  const told = help();
  const files = [...told.matchAll(/V8 code cache for ESM file:\S+\/(src\/\S+) was (\w+)/g)];
  expect(files.map(([, file]) => file)).toEqual(expect.arrayContaining(['src/cli.ts']));
  expect(new Set(files.map(([, , verdict]) => verdict))).toEqual(new Set(['accepted']));
  expect(told).toContain(
    `retrieving transpile cache for StrippedTypeScript file://${checkout}src/cli.ts...success`,
  );
  expect(existsSync(`${checkout}node_modules/.cache/comapi-webhook`)).toBe(true);
});

/** Returns what Node logs about compiled code while a command shows its help. */
function help(): string {
  const { status, stderr } = spawnSync(process.execPath, ['src/comapi-webhook.mjs', 'receive', '--help'], {
    cwd: checkout,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
  });
  expect(status).toBe(0);
  return stderr;
}
