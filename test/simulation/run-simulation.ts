import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { createIntegerParser } from '../../src/commands/option-parsers.ts';
import { seedOption } from '../faults/seed-option.ts';
import { corpusOf } from './corpus.ts';
import { describeFault } from './faults/schedule-faults.ts';
import { runMutants } from './mutants/run-mutants.ts';
import { shrinkRound } from './report/shrink.ts';
import { tellStory } from './report/tell-story.ts';
import { formatTotals } from './report/totals.ts';
import { runInProcesses } from './run-in-processes.ts';
import type { Scenario } from './scenario.ts';
import { loadScenarios, scenarios } from './scenarios.ts';

interface Options {
  readonly store?: string;
  readonly rounds: number;
  readonly seed: number;
  readonly jobs: number;
  readonly shrink?: true;
  readonly trace?: true | 'all';
  readonly mutants?: true | string;
}

const maxViolations = 5;
const whole = createIntegerParser(1, 10_000_000);

const program = new Command('npm run test:simulation --')
  .description('runs rounds of simulated time, and judges each')
  .option('--store <name>', `one of ${Object.keys(scenarios).join(', ')}; all without it`)
  .option('--rounds <n>', 'for each store', createIntegerParser(0, 10_000_000), 100)
  .addOption(seedOption())
  .addHelpText(
    'after',
    '\nWithout --seed, and with --mutants, the seeds that once found something come first.',
  )
  .option('--jobs <n>', 'processes at once', whole, availableParallelism())
  .option('--shrink', 'looks for the fewest faults that still break the rule that the seed breaks')
  .option(
    '--mutants [text]',
    'looks for the first seed that finds each planted defect; those whose name has the text',
  )
  .addOption(
    new Option(
      '--trace [what]',
      'prints what happened to the events that broke a rule; "all": everything',
    ).choices(['all']),
  )
  .parse();

const options = program.opts<Options>();
const findCorpus = program.getOptionValueSource('seed') === 'cli' ? () => [] : corpusOf;

if (options.mutants !== undefined) {
  await runAllMutants(options);
} else if (options.shrink === true || options.trace !== undefined) {
  for (const scenario of await loadScenarios(options.store)) {
    await showRound(scenario, options);
  }
} else {
  await runAll(options);
}

async function runAll({ store, seed, rounds, jobs }: Options): Promise<void> {
  let hasFailed = false;
  for (const name of store === undefined ? Object.keys(scenarios) : [store]) {
    const corpus = findCorpus(name);
    print(`${name}: ${corpus.length} seeds of the corpus, then ${seed} to ${seed + rounds - 1}`);
    const totals = await runInProcesses({ store: name, corpus, firstSeed: seed, rounds, jobs });
    print(formatTotals(name, totals));
    hasFailed ||= totals.failed.length > 0;
  }
  process.exitCode = hasFailed ? 1 : 0;
}

/** Runs the simulation against every mutant. For each mutant, the seed that previously detected it runs first. */
async function runAllMutants({ store, seed, rounds, jobs, mutants }: Options): Promise<void> {
  let living = 0;
  for (const name of store === undefined ? Object.keys(scenarios) : [store]) {
    living += await runMutants({
      ...{ store: name, corpus: corpusOf(name), firstSeed: seed, rounds, jobs, print },
      ...(typeof mutants === 'string' && { named: mutants }),
    });
  }
  print(living === 0 ? 'all mutants are found' : `${living} mutants live`);
  process.exitCode = living === 0 ? 0 : 1;
}

/** Runs one seed and prints a report in a readable form. */
async function showRound(scenario: Scenario, { seed, shrink, trace }: Options): Promise<void> {
  const { faults, planned, outcome } = await shrinkRound(scenario, seed, shrink === true ? undefined : 1);
  if (trace !== undefined) {
    print(tellStory(outcome, trace === 'all'));
  }
  print(`${scenario.name}, seed ${seed}: ${faults.length} of ${planned.length} faults`);
  for (const fault of planned) {
    const isLeft = faults.includes(fault);
    print(
      `  at ${(fault.atMs / 1_000).toFixed(3)} s: ${describeFault(fault)}${isLeft ? '' : ' (not needed)'}`,
    );
  }
  const { length } = outcome.violations;
  for (const { kind, text } of outcome.violations.slice(0, maxViolations)) {
    print(`  ${kind}: ${text}`);
  }
  print(length === 0 ? '  breaks no rule' : `  ${length} violations; trace ${outcome.digest}`);
  process.exitCode = length === 0 ? 0 : 1;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
