import { createIntegerParser } from '../../src/commands/option-parsers.ts';

export const parseCount = createIntegerParser(1, 1_000_000_000);

/** Parses a comma-separated list such as `1,64,512`. */
export function parseCounts(text: string): number[] {
  return text.split(',').map(parseCount);
}
