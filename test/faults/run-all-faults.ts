import { spawnSync } from 'node:child_process';

// The receiver, the revision filter, the spool and other stores are judged apart, each by a script with options of its own.
const script = (name: string) => new URL(name, import.meta.url).pathname;
const receiver = [script('run-faults.ts')];
const filter = [script('filter/run-filter-faults.ts')];
const spool = script('spool/run-spool-faults.ts');
const others: Readonly<Record<string, string>> = {
  '--rabbitmq': script('rabbitmq/run-rabbitmq-faults.ts'),
  '--redis': script('redis/run-redis-faults.ts'),
  '--spool': spool,
};
const shortFilter = ['--events', '12000', '--entities', '1000', '--seconds', '12'];

function plan(options: readonly string[]): string[][] {
  if (options.includes('--filter')) {
    return [[...filter, ...options.filter((option) => option !== '--filter')]];
  }
  for (const [name, other] of Object.entries(others)) {
    if (options.includes(name)) {
      return [[other, ...options.filter((option) => option !== name)]];
    }
  }
  return options.length === 0
    ? [receiver, [...filter, ...shortFilter], [spool, '--outage', '10']]
    : [[...receiver, ...options]];
}

const codes = plan(process.argv.slice(2)).map(
  (command) => spawnSync(process.execPath, command, { stdio: 'inherit' }).status,
);
process.exit(codes.every((code) => code === 0) ? 0 : 1);
