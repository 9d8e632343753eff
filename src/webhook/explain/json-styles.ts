/** How a library writes JSON. */
export interface JsonStyle {
  readonly hasSpaces?: boolean;
  /**
   * Which characters of a text are escapes: those that are as it arrived; the fewest; also all beyond ASCII; also those of
   * HTML, with upper-case digits; all beyond ASCII and slashes.
   */
  readonly escapes: 'as received' | 'fewest' | 'ascii' | 'html' | 'slash';
}

/** Of the libraries of JavaScript, Python, .NET (System.Text.Json) and PHP, and their usual other settings. */
export const styles: readonly JsonStyle[] = [
  { escapes: 'as received' },
  { escapes: 'as received', hasSpaces: true },
  { escapes: 'fewest' },
  { escapes: 'ascii' },
  { escapes: 'ascii', hasSpaces: true },
  { escapes: 'html' },
  { escapes: 'slash' },
];

const nothing: ReadonlySet<number> = new Set();

/** Beside what every style has to escape. */
export const escapedBy: Readonly<
  Record<JsonStyle['escapes'], { readonly beyondAscii: boolean; readonly also: ReadonlySet<number> }>
> = {
  'as received': { beyondAscii: false, also: nothing },
  fewest: { beyondAscii: false, also: nothing },
  ascii: { beyondAscii: true, also: nothing },
  html: { beyondAscii: true, also: new Set(Buffer.from("<>&'+`")) },
  slash: { beyondAscii: true, also: new Set(Buffer.from('/')) },
};
