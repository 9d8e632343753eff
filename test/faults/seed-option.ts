import { Option } from 'commander';
import { createIntegerParser } from '../../src/commands/option-parsers.ts';

const greatest = 9_999_999;

/** Value of the option `--seed`, which is random by default. */
export function seedOption(): Option {
  return new Option('--seed <n>', 'gives the same choices again; printed at the start')
    .argParser(createIntegerParser(0, greatest))
    .default(Math.floor(Math.random() * (greatest + 1)), 'by lot');
}
