import { join } from 'node:path';
import type { Mutant } from './mutant.ts';
import type { Ended, Workplace } from './workplace.ts';

/** Detected mutants, each with the first line of its report. */
type Findings = ReadonlyMap<Mutant, string>;

/** Mutants of which no two are in the same file. */
export type Batch = readonly Mutant[];

/** Splits mutants into the smallest possible number of batches. */
export function toBatches(mutants: readonly Mutant[]): readonly Batch[] {
  const batches: Mutant[][] = [];
  for (const own of Map.groupBy(mutants, ({ file }) => file).values()) {
    for (const [index, mutant] of own.entries()) {
      batches[index] = [...(batches[index] ?? []), mutant];
    }
  }
  return batches;
}

interface Diagnostic {
  /** File path that begins with `src/`. */
  readonly file: string;
  readonly text: string;
}

type Ask = (
  workplace: Pick<Workplace, 'directory' | 'run'>,
  files: readonly string[],
) => Promise<readonly Diagnostic[]>;

const askCompiler: Ask = async (workplace) => {
  const info = join(workplace.directory, 'types.tsbuildinfo');
  const args = ['-p', 'test', '--incremental', '--tsBuildInfoFile', info];
  const ended = await workplace.run('tsc', args, 300_000);
  return toDiagnostics('tsc', ended, /^(\S+?)\(\d.*error TS.*$/gm);
};

const askLinter: Ask = async (workplace, files) => {
  const ended = await workplace.run('oxlint', ['--type-aware', '--format=unix', ...files], 120_000);
  return toDiagnostics('oxlint', ended, /^(\S+?):\d+:\d+: .*$/gm);
};

function toDiagnostics(tool: string, { code, output }: Ended, pattern: RegExp): readonly Diagnostic[] {
  const found = Array.from(output.matchAll(pattern), ([text, file = '']) => ({ file, text }));
  if ((code !== 0) !== found.length > 0) {
    throw new Error(`${tool} has not judged: ${output.slice(-500)}`);
  }
  return found;
}

/**
 * Checks the unchanged code.
 * @throws {Error} if the check reports a problem, because then every mutant would count as detected
 */
export async function checkUnchanged(
  workplace: Parameters<Ask>[0],
  mutants: readonly Mutant[],
): Promise<void> {
  const files = [...new Set(mutants.map(({ file }) => `src/${file}`))];
  for (const ask of files.length === 0 ? [] : [askCompiler, askLinter]) {
    const [first] = await ask(workplace, files);
    if (first !== undefined) {
      throw new Error(`Without any change: ${first.text}`);
    }
  }
}

/**
 * Runs the compiler once for many mutants. A diagnostic in a mutated file is attributed to the mutant of that file. If
 * there are diagnostics elsewhere, the mutants without one are split into halves and checked again until only the
 * responsible mutant is left.
 */
export async function judgeTypes(workplace: Workplace, batch: Batch): Promise<Findings> {
  return judge(workplace, batch, askCompiler);
}

export async function judgeLint(workplace: Workplace, batch: Batch): Promise<Findings> {
  return judge(workplace, batch, askLinter);
}

async function judge(workplace: Workplace, batch: Batch, ask: Ask): Promise<Findings> {
  if (batch.length === 0) {
    return new Map();
  }
  const takeBack = batch.map((mutant) => workplace.apply(mutant));
  const said = await ask(
    workplace,
    batch.map(({ file }) => `src/${file}`),
  );
  for (const back of takeBack) {
    back();
  }
  const textOf = (mutant: Mutant) => said.find(({ file }) => file.endsWith(`src/${mutant.file}`))?.text;
  const [first] = said;
  if (first === undefined) {
    return new Map();
  }
  const found = new Map(
    batch.flatMap((mutant) => {
      const text = batch.length === 1 ? first.text : textOf(mutant);
      return text === undefined ? [] : [[mutant, text] as const];
    }),
  );
  const files = new Set([...found.keys()].map(({ file }) => `src/${file}`));
  const isElsewhere = said.some(({ file }) => !files.has(file));
  // After a syntax error, the compiler reports no other errors.
  if (!isElsewhere && !said.some(({ text }) => /error TS1\d{3}:/.test(text))) {
    return found;
  }
  const left = batch.filter((mutant) => !found.has(mutant));
  const middle = found.size > 0 ? left.length : Math.ceil(left.length / 2);
  for (const part of [left.slice(0, middle), left.slice(middle)]) {
    for (const each of await judge(workplace, part, ask)) {
      found.set(...each);
    }
  }
  return found;
}
