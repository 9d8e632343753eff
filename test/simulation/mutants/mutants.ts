import type { Mutant } from './mutant.ts';

/** The mutants of each scenario, by its name. */
export const mutantsOf: Readonly<Record<string, () => Promise<readonly Mutant[]>>> = {
  kafka: async () => (await import('./kafka.ts')).mutants,
  filter: async () => (await import('./filter.ts')).mutants,
  redis: async () => (await import('./redis.ts')).mutants,
  'redis-filter': async () => (await import('./redis-filter.ts')).mutants,
  rabbitmq: async () => (await import('./rabbitmq.ts')).mutants,
  journal: async () => (await import('./journal.ts')).mutants,
  spool: async () => (await import('./spool.ts')).mutants,
};
