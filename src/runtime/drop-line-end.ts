/** A credential's text as it stands in a file: editors and `echo` end it with a line end, which is not part of it. */
export function dropLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
