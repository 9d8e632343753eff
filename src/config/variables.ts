import * as v from 'valibot';
import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { dropLineEnd } from '../runtime/drop-line-end.ts';
import { findCredentialFault } from './credential.ts';
import { quoteValue } from './quote-value.ts';

/** An empty variable counts as not set: charts and compose files cannot leave one out otherwise. */
const unsetWhenEmpty = v.transform((text: string | undefined) => (text === '' ? undefined : text));

function variable<T>(parse: (text: string) => T | undefined, expected: string, fallback: T) {
  return v.pipe(
    v.undefinedable(v.string()),
    unsetWhenEmpty,
    v.rawTransform<string | undefined, T>(({ dataset, addIssue, NEVER }) => {
      if (dataset.value === undefined) {
        return fallback;
      }
      const parsed = parse(dataset.value);
      if (parsed === undefined) {
        addIssue({ message: `${quoteValue(dataset.value)} is not ${expected}` });
        return NEVER;
      }
      return parsed;
    }),
  );
}

export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

export function integerVariable<T extends number | undefined>(fallback: T, { min, max }: IntegerRange) {
  const parse = (text: string) => {
    const value = Number(text);
    return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
  };
  return variable<number | T>(parse, `a whole number from ${min} to ${max}`, fallback);
}

export interface DurationRange {
  readonly minMs: number;
  readonly maxMs: number;
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A whole number with its unit, such as `90m` or `72h`; read as milliseconds. */
export function durationVariable(fallbackMs: number, { minMs, maxMs }: DurationRange) {
  const parse = (text: string) => {
    const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
    const ms = Number(count) * (unitMs[unit ?? ''] ?? Number.NaN);
    return ms >= minMs && ms <= maxMs ? ms : undefined;
  };
  const seconds = (ms: number) => `${ms / 1_000}s`;
  return variable<number>(
    parse,
    `a duration such as 90m or 72h (s, m, h, d), from ${seconds(minMs)} to ${seconds(maxMs)}`,
    fallbackMs,
  );
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

export function booleanVariable(fallback: boolean) {
  const parse = (text: string) => booleans.get(text.toLowerCase());
  return variable<boolean>(parse, 'true or false', fallback);
}

export function choiceVariable<const T extends string, F extends T | undefined>(
  choices: readonly T[],
  fallback: F,
) {
  const parse = (text: string) => choices.find((choice) => choice === text.toLowerCase());
  return variable<T | F>(parse, `one of ${choices.join(', ')}`, fallback);
}

export function textVariable<T extends string | undefined>(fallback: T) {
  return variable<string | T>((text) => text, 'text', fallback);
}

/** A password, a passphrase, or a URL that may hold one: by the rule for a file with one, and never quoted. */
export function credentialVariable() {
  return v.pipe(
    v.undefinedable(v.string()),
    unsetWhenEmpty,
    v.transform((text) => (text === undefined ? undefined : dropLineEnd(text))),
    v.check(
      (text) => text === undefined || findCredentialFault(text) === undefined,
      ({ input }) => findCredentialFault(input ?? '') ?? '',
    ),
  );
}

export function patternVariable<T extends string | undefined>(
  fallback: T,
  pattern: RegExp,
  expected: string,
) {
  return variable<string | T>((text) => (pattern.test(text) ? text : undefined), expected, fallback);
}

/** Comma-separated; blanks around an item are dropped. */
export function listVariable() {
  const parse = (text: string) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  return variable<string[]>(parse, 'a comma-separated list', []);
}

/** What `readVariables` makes of entries. */
export type Values<E extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<E, undefined>>;

/**
 * Reads the variables of one section. Each fault is added to `problems`, and the result has the default instead: the
 * checks that follow can then find all other faults.
 */
export function readVariables<const E extends v.ObjectEntries>(
  entries: E,
  env: Env,
  problems: ConfigProblem[],
): Values<E> {
  const schema = v.object(entries);
  const present = Object.fromEntries(Object.keys(entries).map((name) => [name, env[name]]));
  const result = v.safeParse(schema, present);
  if (result.success) {
    return result.output;
  }
  for (const issue of result.issues) {
    const name = v.getDotPath(issue) ?? '?';
    problems.push({ variable: name, message: `${issue.message}.` });
    present[name] = undefined;
  }
  return v.parse(schema, present);
}
