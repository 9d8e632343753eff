import { UsageError } from '../../runtime/errors.ts';
import { formatCount } from '../../runtime/format.ts';
import { findNearest } from '../../runtime/near-names.ts';
import { numberText, parseExactly } from './exact-json.ts';

/** That a member of an event has a value. */
export interface EventCondition {
  /** As it was given: `payload.to=447700900000`. */
  readonly text: string;
  /** Names of members, from the event down. */
  readonly path: readonly string[];
  readonly value: string;
}

/** As in other languages. It would be taken for a part of a name or of a value, and nothing be found. */
const otherOperator = /[!<>~]=|==/;

/** Reads `path=value`. @throws {UsageError} */
export function parseCondition(text: string): EventCondition {
  const at = text.indexOf('=');
  const path = text.slice(0, Math.max(0, at)).trim().split('.');
  if (at < 0 || path.includes('') || otherOperator.test(text.slice(0, at + 2))) {
    throw new UsageError(
      `--where: ${JSON.stringify(text)} is not a member and its value: give payload.to=447700900000, the names from the event down, with points between them, one "=", and the whole value`,
    );
  }
  return { text: text.trim(), path, value: text.slice(at + 1).trim() };
}

/**
 * Whether an event has all of these values: the text of a string, a number or `true`, `false` and `null`. Of a list any element
 * counts. What is no JSON has them when all stand in its bytes.
 */
export function createConditionTest(
  conditions: readonly EventCondition[],
): (record: { readonly value: Buffer }) => boolean {
  const wanted = conditions.map((condition) => ({ ...condition, bytes: Buffer.from(condition.value) }));
  // JavaScript rounds long numbers; reading them as they stand takes longer.
  const read = conditions.some(({ value }) => /^-?\d{16,}$/.test(value)) ? parseExactly : JSON.parse;
  return ({ value }) => {
    // Nearly all events are told by their bytes; one with escapes is read.
    const hasAllBytes = wanted.every(({ bytes }) => value.includes(bytes));
    if (!(hasAllBytes || value.includes(backslash))) {
      return false;
    }
    const event = parse(value, read);
    return event === undefined
      ? hasAllBytes
      : wanted.every(({ path, value: text }) =>
          valuesAt(event.json, path).some((each) => isEqual(each, text)),
        );
  };
}

const backslash = 0x5c;

function parse(
  value: Buffer,
  read: (text: string) => unknown = JSON.parse,
): { readonly json: unknown } | undefined {
  try {
    return { json: read(value.toString()) };
  } catch {
    return undefined;
  }
}

function valuesAt(from: unknown, path: readonly string[]): readonly unknown[] {
  if (Array.isArray(from)) {
    return from.flatMap((each) => valuesAt(each, path));
  }
  const [name, ...rest] = path;
  if (name === undefined) {
    return [from];
  }
  return isObject(from) && Object.hasOwn(from, name) ? valuesAt(from[name], rest) : [];
}

/** Where an event has a value on this path; if there is none, the members beside the one that is not there. */
function pathsNear(from: unknown, path: readonly string[], at: readonly string[] = []): readonly string[] {
  if (Array.isArray(from)) {
    return from.flatMap((each) => pathsNear(each, path, at));
  }
  if (!isObject(from)) {
    return [at.join('.')];
  }
  const [name, ...rest] = path;
  return name !== undefined && Object.hasOwn(from, name)
    ? pathsNear(from[name], rest, [...at, name])
    : Object.keys(from).map((each) => [...at, each].join('.'));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEqual(value: unknown, text: string): boolean {
  const digits = numberText(value);
  return digits === undefined
    ? !(typeof value === 'object' && value !== null) && String(value) === text
    : digits === text;
}

const mostSeen = 1_000;

/** So that a misspelt member differs from a value that nothing has: what the first events have in the place of a member. */
export class ConditionHints {
  /** By the path of a condition, as long as no event has a value there. */
  readonly #unseen: Map<string, Set<string>>;
  #seen = 0;

  constructor(conditions: readonly EventCondition[]) {
    this.#unseen = new Map(conditions.map(({ path }) => [path.join('.'), new Set()]));
  }

  see({ value }: { readonly value: Buffer }): void {
    if (this.#seen >= mostSeen || this.#unseen.size === 0) {
      return;
    }
    this.#seen += 1;
    const { json } = parse(value) ?? { json: {} };
    for (const [path, near] of this.#unseen) {
      const found = pathsNear(json, path.split('.'));
      if (found.includes(path)) {
        this.#unseen.delete(path);
      }
      found.forEach(near.add, near);
    }
  }

  /** A sentence for a person; `undefined` when there is nothing to say. */
  describe(): string | undefined {
    const missing = [...this.#unseen].map(([path, near]) => {
      // The names in a path are short.
      const nearest = findNearest(path, near, 1);
      const others = [...near].slice(0, 20).join(', ');
      return `no value is at ${path}; ${nearest === undefined ? `there is ${others || 'nothing'}.` : `did you mean ${nearest}?`}`;
    });
    return this.#seen === 0 || missing.length === 0
      ? undefined
      : `Looked into ${formatCount(this.#seen, 'event')}: ${missing.join(' ')}`;
  }
}
