import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatTable } from '../../src/commands/command-io.ts';
import { isSetByPlatform, knownVariables } from '../../src/config/unused-variables.ts';
import { countHouse } from './count-house.ts';
import { findBreaches, readRooms } from './rooms.ts';

const project = new URL('../..', import.meta.url).pathname;
const read = (path: string) => readFileSync(join(project, path), 'utf8');
const readAll = (...patterns: string[]) =>
  globSync(patterns, { cwd: project }).map((path) => ({ path, text: read(path) }));

const script = '*.{ts,mts,cts,js,mjs,cjs}';
const rooms = readRooms(read('docs/architecture.md'));

if (process.argv.includes('--count')) {
  const house = countHouse({
    source: readAll(`src/**/${script}`),
    pages: readAll('docs/**/*.md'),
    rooms,
  });
  const own = [...knownVariables].filter(
    (name) => !/^OTEL_|^CLOUDAMQP_URL$/.test(name) && !isSetByPlatform(name, ''),
  );
  const variables = ["variables, without OpenTelemetry's and platforms'", `${own.length}: ${own.join(' ')}`];
  process.stdout.write(formatTable([...house, variables]));
} else {
  const breaches = findBreaches(rooms, readAll(`src/**/${script}`, `charts/**/${script}`, script));
  for (const breach of breaches) {
    process.stderr.write(`${breach}\n`);
  }
  if (breaches.length > 0) {
    process.stderr.write('The table in docs/architecture.md says what each room may import.\n');
    process.exitCode = 1;
  }
}
