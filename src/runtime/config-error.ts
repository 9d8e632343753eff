import { formatCount } from './format.ts';

/** The environment as the process entry files hand it over. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface ConfigProblem {
  /** The variable to change. */
  readonly variable: string;
  /** What is wrong and what to set instead, without the value when it is secret. */
  readonly message: string;
}

/** All problems of a configuration at once. Processes print them and exit with 2. */
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
