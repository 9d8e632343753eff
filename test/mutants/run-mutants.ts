import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { createIntegerParser } from '../../src/commands/option-parsers.ts';
import { seedOption } from '../faults/seed-option.ts';
import { drawMutants } from './draw-mutants.ts';
import { findEquivalent } from './equivalent.ts';
import { createJudges, type Judge } from './judges.ts';
import { type Mutant, rules } from './mutant.ts';
import { type Result, scoreOf } from './score.ts';
import { Workplace } from './workplace.ts';

const whole = createIntegerParser(1, 100_000);

const { seed, count, within, rounds, slow } = new Command('npm run test:mutants --')
  .description(
    'draws small changes of the code by lot, and says which of them something finds, what, and at which cost',
  )
  .addOption(seedOption())
  .option('--count <n>', 'how many changes', whole, 20)
  .option('--within <paths...>', 'folders or files of src that are drawn from; all of it without this', [])
  .option('--rounds <n>', 'simulated rounds that a change may outlive, each store', whole, 100)
  .option('--slow', 'lets the tests that start whole processes judge, too, what lives until then')
  .parse()
  .opts<{ seed: number; count: number; within: string[]; rounds: number; slow?: true }>();

const source = fileURLToPath(new URL('../../src', import.meta.url));
const { drawn, of } = drawMutants({ source, within, seed, count });
const judges = createJudges({ rounds, isSlowToo: slow === true });
const results: Result[] = [];
const changed = new Workplace();
const unchanged = new Workplace();
let notCounted = 0;

print(
  `# npm run test:mutants -- --seed ${seed} --count ${count}${within.length > 0 ? ` --within ${within.join(' ')}` : ''}; ${drawn.length} of ${of} changes`,
);
print('place,what is changed,found by,seconds,what it said');
try {
  for (const mutant of drawn) {
    await judge(mutant);
  }
} finally {
  changed.remove();
  unchanged.remove();
}
const { found, low, high } = scoreOf(results);
print(
  `# ${found} of ${results.length} found, ${toPercent(found / results.length)} (95 %: ${toPercent(low)} to ${toPercent(high)}); ${notCounted} not counted`,
);
for (const { name } of judges) {
  print(`# ${name}: ${results.filter(({ foundBy }) => foundBy === name).length}`);
}

/** A change that does not compile is none: it is not counted. */
async function judge(mutant: Mutant): Promise<void> {
  const place = `src/${mutant.file}:${mutant.line}`;
  const line = readFileSync(join(source, mutant.file), 'utf8').split('\n')[mutant.line - 1] ?? '';
  const equivalent = findEquivalent(mutant, line);
  const startedMs = Date.now();
  const takeBack = changed.apply(mutant);
  let verdict: readonly [by: string, what: string];
  try {
    verdict = equivalent === undefined ? await ask(mutant) : ['equivalent', equivalent.why];
  } catch (error) {
    verdict = ['not judged', String(error)];
  } finally {
    takeBack();
  }
  const [by, what] = verdict;
  if (by === 'types' || by === 'equivalent' || by === 'not judged') {
    notCounted += 1;
  } else {
    results.push({ foundBy: by === 'LIVES' ? undefined : by });
  }
  print(
    [place, rules[mutant.rule], by, String(Math.round((Date.now() - startedMs) / 1_000)), what]
      .map(toCell)
      .join(','),
  );
}

async function ask(mutant: Mutant): Promise<readonly [by: string, what: string]> {
  for (const { name, judge: askJudge } of judges satisfies readonly Judge[]) {
    const finding = await askJudge(mutant, changed, unchanged);
    if (finding !== undefined) {
      return [name, finding.what];
    }
  }
  return ['LIVES', mutant.replacement];
}

function toPercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function toCell(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
  return /[",]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
