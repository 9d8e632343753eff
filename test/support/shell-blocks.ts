/** The blocks of shell under a heading of a page in Markdown, up to the next heading. */
export function readShellBlocks(page: string, heading: string): string[] {
  const [, text = ''] = page.split(`${heading}\n`);
  const [own = ''] = text.split(/^##/m);
  return [...own.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, block = '']) => block);
}
