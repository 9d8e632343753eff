import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

// The receiver and the revision filter are judged apart, each by a script with options of its own.
const script = (name: string) => new URL(name, import.meta.url).pathname;
const receiver = [script('run-faults.ts')];
const filter = [script('filter/run-filter-faults.ts')];
const others: Readonly<Record<string, readonly string[]>> = {
  '--backlog': [script('filter/run-backlog.ts')],
  '--filter': filter,
};
const shortFilter = ['--events', '12000', '--entities', '1000', '--seconds', '12'];
/** About a tenth of what the others get where there is not enough for all. */
const beside = ['nice', '-n', '10'];

async function run(command: readonly string[]): Promise<boolean> {
  return ends(spawn(process.execPath, command, { stdio: 'inherit' }));
}

async function ends(child: ChildProcess): Promise<boolean> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

/**
 * The filter is judged by what is stored, not by times: it runs beside the receiver, which waits more than it works, and is
 * printed when it has ended.
 */
async function runShort(): Promise<boolean> {
  const [nice = '', ...options] = beside;
  const filtering = spawn(nice, [...options, process.execPath, ...filter, ...shortFilter], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = [filtering.stderr, filtering.stdout].map((stream) => text(stream));
  const filtered = ends(filtering);
  const isGood = await run(receiver);
  const isFilterGood = await filtered;
  process.stderr.write(`\nThe revision filter\n${(await Promise.all(said)).join('')}`);
  return isGood && isFilterGood;
}

const options = process.argv.slice(2);
const named = options.find((option) => Object.hasOwn(others, option));
const isGood =
  options.length === 0
    ? await runShort()
    : await run([...(others[named ?? ''] ?? receiver), ...options.filter((option) => option !== named)]);
process.exit(isGood ? 0 : 1);
