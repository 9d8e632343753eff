/**
 * Matches strings, and the control characters and spaces between them. The last string of a truncated text has no
 * closing quote. Every alternative begins with a different character, so that the time is proportional to the length of
 * any text.
 */
const stringOrSpacePattern = /"[^"\\]*(?:\\.[^"\\]*)*"?|[\0- ]+/gs;

/** Removes white space between the tokens of JSON. Accepts any text. */
export function removeWhiteSpace(json: string): string {
  return json.replaceAll(stringOrSpacePattern, (token) => (token.startsWith('"') ? token : ''));
}

const escapePattern = /\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\u([0-9a-f]{4})|\\(.)/gis;

/** Decodes the unnecessary escapes in the strings of JSON: all except quotes, backslashes, control characters and lone surrogates. */
export function decodeEscapes(json: string): string {
  return json.replaceAll(
    escapePattern,
    (escapeText, high?: string, low?: string, unit?: string, letter?: string) => {
      if (high !== undefined && low !== undefined) {
        return String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16));
      }
      const character = unit === undefined ? letter : String.fromCharCode(Number.parseInt(unit, 16));
      return character === '/' || (unit !== undefined && isUnescaped(character as string))
        ? (character as string)
        : escapeText;
    },
  );
}

/** Whether a string of JSON may contain the character without an escape. */
function isUnescaped(character: string): boolean {
  return character >= ' ' && character !== '"' && character !== '\\' && character.isWellFormed();
}
