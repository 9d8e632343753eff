/** Reads the shell blocks under a heading of a Markdown page, up to the next heading. */
export function readShellBlocks(page: string, heading: string): string[] {
  const [, text = ''] = page.split(`${heading}\n`);
  const [own = ''] = text.split(/^##/m);
  return [...own.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, block = '']) => block);
}
