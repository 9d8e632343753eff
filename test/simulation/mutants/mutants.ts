import type { Mutant } from './mutant.ts';

/** The mutants of each scenario, by its name. */
export const mutantsOf: Readonly<Record<string, () => Promise<readonly Mutant[]>>> = {
  kafka: async () => (await import('./kafka.ts')).mutants,
};
