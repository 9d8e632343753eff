import { UsageError } from '../../runtime/errors.ts';
import { formatCount } from '../../runtime/format.ts';
import { findNearest } from '../../runtime/similar-names.ts';

/** A condition of `--where`, which requires that a member of an event has a value. */
export interface EventCondition {
  /** The condition as it was given: `payload.to=447700900000`. */
  readonly text: string;
  /** Member names on the path from the event to the value. */
  readonly path: readonly string[];
  readonly value: string;
}

/**
 * Operators that conditions do not support. If they were not rejected, an operator would become part of the name or the
 * value, and no event would match.
 */
const otherOperator = /[!<>~]=|==/;

/** Parses `path=value`. @throws {UsageError} */
export function parseCondition(text: string): EventCondition {
  const at = text.indexOf('=');
  const path = text.slice(0, Math.max(0, at)).trim().split('.');
  if (at < 0 || path.includes('') || otherOperator.test(text.slice(0, at + 2))) {
    throw new UsageError(
      `--where: ${JSON.stringify(text)} is not a valid condition. Give the path of a member, "=", and the whole value, for example payload.to=447700900000.`,
    );
  }
  return { text: text.trim(), path, value: text.slice(at + 1).trim() };
}

/**
 * Creates a predicate for events that have all of these values, each of which is a string, a number, `true`, `false` or
 * `null`. If a member is a list, any of its elements may match. Bytes that are not JSON match if they contain all of
 * the values.
 */
export function createConditionTest(
  conditions: readonly EventCondition[],
): (record: { readonly value: Buffer }) => boolean {
  const wantedValues = conditions.map((condition) => ({ ...condition, bytes: Buffer.from(condition.value) }));
  // JavaScript rounds long numbers. The exact parser is slower, so it is used only if needed.
  const parseEvent = conditions.some(({ value }) => /^-?\d{16,}$/.test(value))
    ? parseWithRawNumbers
    : JSON.parse;
  return ({ value }) => {
    // Most events can be excluded by comparing their bytes. An event with escapes has to be parsed.
    const hasAllBytes = wantedValues.every(({ bytes }) => value.includes(bytes));
    if (!(hasAllBytes || value.includes(backslash))) {
      return false;
    }
    const event = parseJson(value, parseEvent);
    return event === undefined
      ? hasAllBytes
      : wantedValues.every(({ path, value: text }) =>
          findValuesAt(event.json, path).some((each) => isValueEqual(each, text)),
        );
  };
}

const backslash = 0x5c;

function parseJson(
  value: Buffer,
  read: (text: string) => unknown = JSON.parse,
): { readonly json: unknown } | undefined {
  try {
    return { json: read(value.toString()) };
  } catch {
    return undefined;
  }
}

function findValuesAt(from: unknown, path: readonly string[]): readonly unknown[] {
  if (Array.isArray(from)) {
    return from.flatMap((each) => findValuesAt(each, path));
  }
  const [name, ...rest] = path;
  if (name === undefined) {
    return [from];
  }
  return isObject(from) && Object.hasOwn(from, name) ? findValuesAt(from[name], rest) : [];
}

/**
 * Follows a path into an event as far as its members exist. Returns the path if it leads to a value; otherwise, returns
 * the paths of all members of the last object on it.
 */
function listNearbyPaths(
  from: unknown,
  path: readonly string[],
  at: readonly string[] = [],
): readonly string[] {
  if (Array.isArray(from)) {
    return from.flatMap((each) => listNearbyPaths(each, path, at));
  }
  if (!isObject(from)) {
    return [at.join('.')];
  }
  const [name, ...rest] = path;
  return name !== undefined && Object.hasOwn(from, name)
    ? listNearbyPaths(from[name], rest, [...at, name])
    : Object.keys(from).map((each) => [...at, each].join('.'));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isValueEqual(value: unknown, text: string): boolean {
  const digits = readNumberText(value);
  return digits === undefined
    ? !(typeof value === 'object' && value !== null) && String(value) === text
    : digits === text;
}

const maxInspectedRecords = 1_000;

/** Collects member names from the first events, to suggest the right one if no event has the requested member. */
export class ConditionHints {
  /** For each path at which no event has had a value so far: the paths of the members that the events have instead. */
  readonly #unseen: Map<string, Set<string>>;
  #inspected = 0;

  constructor(conditions: readonly EventCondition[]) {
    this.#unseen = new Map(conditions.map(({ path }) => [path.join('.'), new Set()]));
  }

  inspect({ value }: { readonly value: Buffer }): void {
    if (this.#inspected >= maxInspectedRecords || this.#unseen.size === 0) {
      return;
    }
    this.#inspected += 1;
    const { json } = parseJson(value) ?? { json: {} };
    for (const [path, near] of this.#unseen) {
      const nearbyPaths = listNearbyPaths(json, path.split('.'));
      if (nearbyPaths.includes(path)) {
        this.#unseen.delete(path);
      }
      nearbyPaths.forEach(near.add, near);
    }
  }

  /** Describes the requested members that no event has. Returns `undefined` if every member was found. */
  describe(): string | undefined {
    const hints = [...this.#unseen].map(([path, near]) => {
      const problem = `No event has a value at ${path} (checked ${formatCount(this.#inspected, 'event')}).`;
      // At most one letter may differ, because the names in a path are short.
      const nearest = findNearest(path, near, 1);
      const otherNames = [...near].slice(0, 20).join(', ');
      const otherNamesHint = otherNames === '' ? '' : ` The events have ${otherNames}.`;
      return nearest === undefined ? `${problem}${otherNamesHint}` : `${problem} Did you mean ${nearest}?`;
    });
    return this.#inspected === 0 || hints.length === 0 ? undefined : hints.join(' ');
  }
}

/** ECMAScript's "JSON.parse source text access", which TypeScript's library does not declare yet. */
interface SourceAwareJson {
  parse(
    text: string,
    revive: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
}

const sourceAwareJson = JSON as unknown as SourceAwareJson;

/**
 * Parses JSON and keeps the exact digits of numbers, so that `JSON.stringify` writes them unchanged. JavaScript rounds numbers
 * beyond 2^53, and identifiers and revisions may be larger. @throws {SyntaxError}
 */
function parseWithRawNumbers(text: string): unknown {
  return sourceAwareJson.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined ? sourceAwareJson.rawJSON(source) : value,
  );
}

/** Returns the digits of a number from `parseWithRawNumbers`, or `undefined` for any other value. */
function readNumberText(value: unknown): string | undefined {
  return sourceAwareJson.isRawJSON(value) ? value.rawJSON : undefined;
}
