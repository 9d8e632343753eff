// Switches the judges of the simulation off in a copy, one after the other, and prints which of the histories of
// `judges.test.ts` notice: docs/measurements/tables/judges.csv.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Histories } from '../../faults/verdict/list-histories.ts';
import { copyRepository } from '../copy-repository.ts';

/** What rounds look at, and where the histories of its judges are. */
const tables = [
  ['rounds with receivers', 'round', 'roundHistories'],
  ['rounds of real faults', 'round', 'verdictHistories'],
  ['commands', 'commands', 'commandHistories'],
  ['states of the filter', 'states', 'stateHistories'],
  ['what Kafka keeps', 'kafka', 'kafkaHistories'],
  ['rounds with a sink', 'sink', 'sinkHistories'],
] as const;

const copy = copyRepository();
const sources = globSync('test/{faults,simulation}/**/*.ts', { cwd: copy })
  .filter((path) => !path.endsWith('.test.ts') && !path.includes('/histories/'))
  .toSorted();

/** @returns where it is, and takes it back */
function switchOff(judge: string): { readonly path: string; readonly restore: () => void } {
  const begin = new RegExp(`function ${judge}\\([^]*?\\): [^{]*\\{\\n|^  ${judge}: \\(.*?\\) =>`, 'm');
  for (const path of sources) {
    const file = join(copy, path);
    const text = readFileSync(file, 'utf8');
    const found = begin.exec(text)?.[0];
    if (found !== undefined) {
      // What it was goes on under no name.
      const off = found.endsWith('=>')
        ? `  ${judge}: () => [],\n${found.replace(judge, '""')}`
        : `${found}return [];\n`;
      writeFileSync(
        file,
        text.replace(found, () => off),
      );
      return { path, restore: () => writeFileSync(file, text) };
    }
  }
  throw new Error(`There is no ${judge}`);
}

/** Of a table, in a process of its own. @returns histories that fail */
function findFailing(module: string, name: string, judge: string): readonly string[] {
  const program = `
    const { ${name}: { spoiled } } = await import(${JSON.stringify(join(copy, `test/simulation/judge/histories/${module}.ts`))});
    const failing = spoiled.filter(({ judge, speaking }) => judge === '${judge}' && !speaking().includes(judge));
    process.stdout.write(JSON.stringify(failing.map(({ what }) => what)));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
  );
}

try {
  process.stdout.write(
    '# node test/simulation/judge/switch-off.ts: each judge is switched off in a copy; a history that then fails has noticed it\n',
  );
  process.stdout.write('judges of,judge,file,histories that notice\n');
  for (const [what, module, name] of tables) {
    const { [name]: table } = (await import(`./histories/${module}.ts`)) as Record<string, Histories>;
    for (const judge of table?.judges ?? []) {
      const { path, restore } = switchOff(judge);
      const noticed = findFailing(module, name, judge);
      restore();
      process.stdout.write(`${what},${judge},${path},${noticed.join('; ') || 'NONE'}\n`);
      process.exitCode ||= noticed.length === 0 ? 1 : 0;
    }
  }
} finally {
  rmSync(copy, { recursive: true });
}
