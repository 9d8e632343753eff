/**
 * Control characters other than line ends, which a terminal would obey, and those that decide how others are shown: they turn
 * the direction of a text, or are not seen (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing). Joiners stay,
 * because words and emoji need them.
 */
const unprintable = /[^\P{Cc}\n]|[\u2028\u2029]|[^\P{Cf}\u200c\u200d]/gu;

/** A text that may hold what somebody else has written, for a log or a terminal. What cannot be shown becomes JSON escapes. */
export function toPrintable(text: string): string {
  return text.replace(unprintable, escapeUnits);
}

/** No value that a person compares is longer. */
const maxPartCharacters = 2_000;

/** A foreign text as a part of a line: it ends no line and begins none, and is cut off at a length. */
export function toLinePart(text: string, maxCharacters = maxPartCharacters): string {
  const kept =
    text.length > maxCharacters ? `${text.slice(0, maxCharacters)}… (${text.length} characters)` : text;
  return toPrintable(kept).replaceAll('\n', '\\n');
}

/** A text of these lines, each of which may hold foreign text. */
export function toLines(lines: readonly string[]): string {
  return lines.map((line) => `${toLinePart(line)}\n`).join('');
}

/** A character beyond U+FFFF has two units, each with an escape of its own. */
function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}
