/** ECMAScript's "JSON.parse source text access", which TypeScript's library does not declare yet. */
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
 * Parses JSON and keeps the exact digits of numbers, so that `JSON.stringify` writes them unchanged. JavaScript rounds numbers
 * beyond 2^53, and identifiers and revisions may be larger. @throws {SyntaxError}
 */
export function parseExactly(text: string): unknown {
  return json.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined ? json.rawJSON(source) : value,
  );
}

/** Returns the digits of a number from `parseExactly`, or `undefined` for any other value. */
export function numberText(value: unknown): string | undefined {
  return json.isRawJSON(value) ? value.rawJSON : undefined;
}

/**
 * Replaces the line breaks between JSON tokens with spaces, without any other change. Returns `undefined` if the text
 * is not JSON.
 */
export function toOneLine(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return text.replaceAll(/[\r\n]+/g, ' ');
}
