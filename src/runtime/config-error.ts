import { formatCount } from './format.ts';

/** Environment variables, as the process entry files pass them. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface ConfigProblem {
  /** Name of the variable to change. */
  readonly variable: string;
  /** Description of the problem and of a correct value. The text never contains a secret. */
  readonly message: string;
}

/** Lists all problems of a configuration. Processes print them and exit with code 2. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map((problem) => `  ${problem.variable}: ${problem.message}`);
    super(`the configuration has ${formatCount(problems.length, 'problem')}:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }

  static throwIfAny(problems: readonly ConfigProblem[]): void {
    if (problems.length > 0) {
      throw new ConfigError(problems);
    }
  }
}
