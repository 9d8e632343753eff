import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBreaches, readRooms } from './rooms.ts';

const project = new URL('../..', import.meta.url).pathname;
const read = (path: string) => readFileSync(join(project, path), 'utf8');

const script = '*.{ts,mts,cts,js,mjs,cjs}';
const paths = globSync([`src/**/${script}`, `charts/**/${script}`, script], { cwd: project });
const breaches = findBreaches(
  readRooms(read('docs/architecture.md')),
  paths.map((path) => ({ path, code: read(path) })),
);

for (const breach of breaches) {
  process.stderr.write(`${breach}\n`);
}
if (breaches.length > 0) {
  process.stderr.write('The table in docs/architecture.md says what each room may import.\n');
  process.exitCode = 1;
}
