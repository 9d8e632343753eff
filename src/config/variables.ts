import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { findCredentialProblem, quoteValue, removeTrailingLineBreak } from './credential.ts';

/** An environment variable: its name, its parser, and its default. */
export interface Variable<T> {
  readonly name: string;
  readonly fallback: T;
  /** Returns a value or a problem. A problem is a sentence without a full stop and never quotes a secret. */
  readonly parse: (text: string) => ParsedVariable<T>;
}

interface ParsedVariable<T> {
  readonly value?: T | undefined;
  readonly problem?: string | undefined;
}

/** Variables of one configuration section, keyed by the field that each variable sets. */
export type Variables = Readonly<Record<string, Variable<unknown>>>;

type VariableValue<V> = V extends Variable<infer T> ? T : never;
type OptionalVariableFields<S extends Variables> = {
  [K in keyof S]: undefined extends VariableValue<S[K]> ? K : never;
}[keyof S];

/** The result of `readVariables`. Variables that are not set and have no default are absent. */
export type Values<S extends Variables> = {
  readonly [K in Exclude<keyof S, OptionalVariableFields<S>>]: VariableValue<S[K]>;
} & { readonly [K in OptionalVariableFields<S>]?: Exclude<VariableValue<S[K]>, undefined> };

/**
 * Reads the variables of one section. Each problem is added to `problems`, and the result then contains the default, so that
 * later checks can find all other problems.
 */
export function readVariables<S extends Variables>(
  variables: S,
  env: Env,
  problems: ConfigProblem[],
): Values<S> {
  const values: Record<string, unknown> = {};
  for (const [field, { name, fallback, parse }] of Object.entries(variables)) {
    const text = env[name] ?? '';
    // An empty variable counts as not set, because charts and compose files cannot omit variables conditionally.
    const { value, problem }: ParsedVariable<unknown> = text === '' ? { value: fallback } : parse(text);
    if (problem !== undefined) {
      problems.push({ variable: name, message: `${problem}.` });
    }
    const effectiveValue = problem === undefined ? value : fallback;
    if (effectiveValue !== undefined) {
      values[field] = effectiveValue;
    }
  }
  return values as Values<S>;
}

export function listVariableNames(variables: Variables): string[] {
  return Object.values(variables).map(({ name }) => name);
}

/** Defines a variable. If `read` returns `undefined`, the reported problem is "is not" followed by `expected`. */
export function defineVariable<T, F>(
  name: string,
  fallback: F,
  expected: string,
  read: (text: string) => T | undefined,
): Variable<T | F> {
  return {
    name,
    fallback,
    parse(text) {
      const value = read(text);
      return value === undefined ? { problem: `${quoteValue(text)} is not ${expected}` } : { value };
    },
  };
}

export function defineIntegerVariable<F extends number | undefined>(
  name: string,
  fallback: F,
  { min, max }: { readonly min: number; readonly max: number },
): Variable<number | F> {
  return defineVariable(name, fallback, `a whole number from ${min} to ${max}`, (text) => {
    const value = Number(text);
    return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
  });
}

const durationUnitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Defines a variable for a duration such as `90m` or `72h`. The parsed value is in milliseconds. */
export function defineDurationVariable(
  name: string,
  fallbackMs: number,
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
): Variable<number> {
  const expectedFormat = `a duration such as 90m or 72h (s, m, h, d), from ${minMs / 1_000}s to ${maxMs / 1_000}s`;
  return defineVariable(name, fallbackMs, expectedFormat, (text) => {
    const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
    const ms = Number(count) * (durationUnitMs[unit ?? ''] ?? Number.NaN);
    return ms >= minMs && ms <= maxMs ? ms : undefined;
  });
}

export function defineBooleanVariable<F extends boolean | undefined>(
  name: string,
  fallback: F,
): Variable<boolean | F> {
  return defineVariable(name, fallback, 'true or false', (text) => {
    const lowerCaseText = text.toLowerCase();
    return lowerCaseText === 'true' || lowerCaseText === 'false' ? lowerCaseText === 'true' : undefined;
  });
}

export function defineChoiceVariable<const T extends string, F extends T | undefined = undefined>(
  name: string,
  choices: readonly T[],
  fallback?: F,
): Variable<T | F> {
  return defineVariable(name, fallback as F, `one of ${choices.join(', ')}`, (text) =>
    choices.find((choice) => choice === text.toLowerCase()),
  );
}

export function defineTextVariable<F extends string | undefined = undefined>(
  name: string,
  fallback?: F,
): Variable<string | F> {
  return defineVariable(name, fallback as F, 'text', (text) => text);
}

export function definePatternVariable<F extends string | undefined = undefined>(
  name: string,
  { pattern, expected }: { readonly pattern: RegExp; readonly expected: string },
  fallback?: F,
): Variable<string | F> {
  return defineVariable(name, fallback as F, expected, (text) => (pattern.test(text) ? text : undefined));
}

/** Defines a variable for a comma-separated list. Blanks around an item are removed. */
export function defineListVariable(name: string): Variable<readonly string[]> {
  return defineVariable(name, [], 'a comma-separated list', (text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
}

/**
 * Defines a variable for a password, a passphrase, or a URL that may contain one. The value must satisfy the rules for
 * credential files and is never quoted.
 */
export function defineCredentialVariable(name: string): Variable<string | undefined> {
  return {
    name,
    fallback: undefined,
    parse(text) {
      const value = removeTrailingLineBreak(text);
      return { value, problem: findCredentialProblem(value) };
    },
  };
}

/**
 * Defines a variable with a custom syntax. If `parse` returns a string, the string describes the problem. The default
 * is parsed too.
 */
export function defineParsedVariable<T extends object>(
  name: string,
  parse: (text: string) => T | string,
  fallback: string,
): Variable<T> {
  return {
    name,
    fallback: parse(fallback) as T,
    parse(text) {
      const value = parse(text);
      return typeof value === 'string' ? { problem: value } : { value };
    },
  };
}

/**
 * Defines a variable for a URL to which paths are appended. Trailing slashes are removed. `hint` is appended to
 * problems.
 */
export function defineBaseUrlVariable(name: string, hint: string): Variable<string | undefined> {
  return {
    name,
    fallback: undefined,
    parse(text) {
      const problem = findBaseUrlProblem(text);
      return { value: text.replace(/(?<!\/)\/+$/, ''), problem: problem && `${problem}. ${hint}` };
    },
  };
}

/**
 * Explains why paths cannot be appended to a URL, as a predicate. Returns `undefined` if paths can be appended. The
 * URL is never quoted, because it may contain a password.
 */
export function findBaseUrlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    return 'is not an http:// or https:// URL';
  }
  if (url.username !== '' || url.password !== '') {
    return 'contains a user name or a password, which would be logged';
  }
  // A parsed URL does not reveal an empty query, so the original text is checked.
  return /[?#]/.test(text) ? 'has a query or a fragment, so no path can be appended' : undefined;
}

/** Whether the host of a URL is this machine, so that traffic to the host does not cross a network. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
