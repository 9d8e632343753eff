import { Command } from 'commander';
import { parsePositiveNumber } from '../../src/commands/option-parsers.ts';
import { seedOption } from '../faults/seed-option.ts';
import { BodyFuzzError, fuzzBodies } from './bodies/fuzz-bodies.ts';
import { fuzzRequests } from './requests/fuzz-requests.ts';

interface Options {
  readonly seconds: number;
  readonly seed: number;
}

/** Minimum number of bodies, and of connections, to try. The time limit may pass before the receiver has started. */
const minTried = 64;

await new Command('npm run fuzz --')
  .description(
    'Odd signed bodies against an independent reference, then odd bytes against a running receiver.',
  )
  .option('--seconds <n>', 'for each of the two', parsePositiveNumber, 120)
  .addOption(seedOption())
  .action(run)
  .parseAsync();

async function run({ seconds, seed }: Options): Promise<void> {
  printLine(`seed ${seed}`);
  try {
    const isEnough = createTimeLimit(seconds);
    const { bodies, events, deadLetters, unjudged } = await fuzzBodies({ seed, isEnough });
    printLine(`bodies: ${bodies}, of which ${unjudged} by their sums only; events: ${events}`);
    printLine(`dead letters: ${show(deadLetters)}`);
  } catch (error) {
    if (!(error instanceof BodyFuzzError)) {
      throw error;
    }
    printLine(error.message);
    process.exitCode = 1;
  }
  const { connections, statuses, stored, residentMib, problems } = await fuzzRequests({
    seed,
    isEnough: createTimeLimit(seconds),
  });
  printLine(`connections: ${connections}; answers: ${show(statuses)}; stored: ${stored}`);
  const [first, most] = [residentMib.first, residentMib.most].map(Math.round);
  printLine(`resident: ${first} MiB at first, at most ${most} MiB`);
  for (const problem of problems) {
    printLine(problem);
    process.exitCode = 1;
  }
}

/** @returns a function that returns whether the time limit has passed and enough has been tried */
function createTimeLimit(seconds: number): (tried: number) => boolean {
  const end = performance.now() + seconds * 1_000;
  return (tried) => tried >= minTried && performance.now() >= end;
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

function show(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}
