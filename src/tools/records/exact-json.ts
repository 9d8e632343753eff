/** ECMAScript's "JSON.parse source text access", which TypeScript's library does not have yet. */
interface SourceJson {
  parse(
    text: string,
    revive: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
}

const json = JSON as unknown as SourceJson;

/**
 * Parses JSON so that `JSON.stringify` writes each number as it stood there: JavaScript rounds beyond 2^53, and identifiers
 * and revisions may be longer. @throws {SyntaxError}
 */
export function parseExactly(text: string): unknown {
  return json.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined ? json.rawJSON(source) : value,
  );
}

/** The digits of a number that was parsed so; `undefined` for every other value. */
export function numberText(value: unknown): string | undefined {
  return json.isRawJSON(value) ? value.rawJSON : undefined;
}

/** JSON as it stands there, in one line: what breaks lines between its tokens is white space. `undefined`: it is no JSON. */
export function toOneLine(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return text.replaceAll(/[\r\n]+/g, ' ');
}
