/**
 * A text that may hold what somebody else has written, for a log or a terminal: control characters other than line ends
 * become JSON escapes. A terminal would obey them.
 */
export function toPrintable(text: string): string {
  return text.replace(
    /[^\P{Cc}\n]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
