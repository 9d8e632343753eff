/**
 * Matches control characters except line breaks, because control characters could manipulate a terminal. Also matches
 * invisible characters and those that change the text direction
 * (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing). Joiners are kept, because words and emoji need
 * them.
 */
const unprintableCharacters = /[^\P{Cc}\n]|[\u2028\u2029]|[^\P{Cf}\u200c\u200d]/gu;

/** Makes untrusted text safe for a log or a terminal by replacing unprintable characters with JSON escapes. */
export function toPrintable(text: string): string {
  return text.replace(unprintableCharacters, escapeUtf16Units);
}

/** Maximum length of untrusted text in a line, which is longer than any value that a person would compare. */
const maxUntrustedCharacters = 2_000;

/** Escapes line breaks in untrusted text and truncates it, for use within a line. */
export function toSingleLineText(text: string, maxCharacters = maxUntrustedCharacters): string {
  const keptText =
    text.length > maxCharacters ? `${text.slice(0, maxCharacters)}… (${text.length} characters)` : text;
  return toPrintable(keptText).replaceAll('\n', '\\n');
}

/** Joins lines that may contain untrusted text. */
export function toLines(lines: readonly string[]): string {
  return lines.map((line) => `${toSingleLineText(line)}\n`).join('');
}

/** Escapes each UTF-16 unit of a character. Characters beyond U+FFFF have two units. */
function escapeUtf16Units(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}
