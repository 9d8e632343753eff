import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { createIntegerParser } from '../../../src/commands/option-parsers.ts';
import { EventFields } from '../../../src/webhook/event-fields.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../../src/webhook/key-rules.ts';
import { planRecords } from '../../../src/webhook/plan-records.ts';
import type { VerifiedBody } from '../../../src/webhook/verified-body.ts';
import { readImageNodeOptions } from '../../support/image-node-options.ts';
import { worstBodies } from './worst-bodies.ts';

interface Options {
  readonly bytes: number;
  readonly rounds: number;
  readonly file?: string;
}

interface Sample {
  readonly ms: number;
  /** Highest resident memory above what the process had with the body alone. */
  readonly mib: number;
  readonly became: string;
}

await new Command('npm run bench:bodies --')
  .description('What the worst bodies cost from verified bytes to records, each in a process of its own.')
  .option('--bytes <n>', 'of each body', createIntegerParser(1_000, 100_000_000), 10_485_760)
  .option(
    '--rounds <n>',
    'the median counts of the times, the highest of the memory',
    createIntegerParser(1, 100),
    5,
  )
  .option('--file <name>', 'measure this body in this process, and print it as JSON')
  .action((options: Options) => (options.file === undefined ? measureAll(options) : measureOne(options.file)))
  .parseAsync();

function measureAll({ bytes, rounds }: Options): void {
  const directory = mkdtempSync(join(tmpdir(), 'bench-bodies-'));
  const file = join(directory, 'body');
  const command = [...readImageNodeOptions(), process.argv[1] ?? '', '--file', file];
  process.stdout.write('| body | MB | ms | ns a byte | MiB more | becomes |\n|---|---|---|---|---|---|\n');
  try {
    for (const [name, create] of Object.entries(worstBodies)) {
      const body = create(bytes);
      writeFileSync(file, body);
      const length = Buffer.byteLength(body);
      const samples = Array.from({ length: rounds }, () => {
        const { stdout } = spawnSync(process.execPath, command, { encoding: 'utf8' });
        return JSON.parse(stdout) as Sample;
      }).toSorted((one, other) => one.ms - other.ms);
      const { ms, became } = samples[Math.floor(rounds / 2)] as Sample;
      const mib = Math.max(...samples.map((sample) => sample.mib));
      const figures = [
        (length / 1e6).toFixed(1),
        ms.toFixed(0),
        ((ms * 1e6) / length).toFixed(0),
        mib.toFixed(0),
      ];
      process.stdout.write(`| ${[name, ...figures, became].join(' | ')} |\n`);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function measureOne(file: string): void {
  const body = readFileSync(file) as Buffer as VerifiedBody;
  const facts = {
    ...{ webhook: 'w', topics: { events: 't', deadLetter: 'd' } },
    commonHeaders: { 'received-at': new Date(0).toISOString(), webhook: 'w' },
  };
  const fields = new EventFields(parseKeyRules(defaultKeyRulesText) as KeyRules);
  const before = process.resourceUsage().maxRSS;
  const startedAt = performance.now();
  const { events, deadLetters } = planRecords(body, facts, fields);
  const ms = performance.now() - startedAt;
  const mib = (process.resourceUsage().maxRSS - before) / 1024;
  const reasons = [...new Set(deadLetters.map(({ reason }) => reason))].join(' and ');
  const counts = [`${events.length} events`, `${deadLetters.length} ${reasons}`];
  const became = counts.filter((count) => !count.startsWith('0 ')).join(', ');
  process.stdout.write(JSON.stringify({ ms, mib, became } satisfies Sample));
}
