import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = new URL('../../docs/runbooks/', import.meta.url).pathname;
/** What a command is when it is more than a name: a program with arguments. */
const inlineCommands = /`((?:kubectl|helm|kcat|curl|\.\/comapi-webhook) [^`]+)`/g;
const commandBlocks = /^ *```sh\n(.*?)^ *```/gms;

/** The pages of docs/runbooks, and the commands in the order of each, with words in capitals for what the reader puts in. */
export function readRunbooks() {
  return readdirSync(directory).map((file) => {
    const text = readFileSync(join(directory, file), 'utf8');
    return { file, text, commands: readCommands(text) };
  });
}

/** One that leaves something out (…) is only a hint. */
function readCommands(text: string): string[] {
  const blocks = [...text.matchAll(commandBlocks)].map(({ 1: block = '', index }) => ({ index, block }));
  const inline = [...text.matchAll(inlineCommands)].map(({ 1: code = '', index }) => ({
    index,
    // A rendered page shows the end of a line as a space.
    block: code.replaceAll(/\s+/g, ' '),
  }));
  return [...blocks, ...inline]
    .toSorted((a, b) => a.index - b.index)
    .map(({ block }) => block.trim())
    .filter((command) => !/(install|upgrade|comapi-webhook) …|=\{…\}/.test(command));
}
